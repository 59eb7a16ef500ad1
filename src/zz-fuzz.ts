import fc from 'fast-check';
import { assemble } from './sim/isa/assemble.ts';
let slow=0;
const units=[...'abclir3 ,.()+-*/#"\'\\:;@0x1f\n%=<>','li ','.long ','b 1f\n','1:','\n.macro m a b=1\n','\n.macro n\nm\nm\n.endm\n','\nn\n','\n.endm\n','\nm 1,\\a\n','\\a\\@','\n.rept 3\n','\n.rept 9999\n','\n.irp a,1,m\n','\n.endr\n','\n.if 1\n','\n.if a\n','\n.else\n','\n.elseif 0\n','\n.endif\n','\n.section .data\n','\n.previous\n','\n.comm a,4\n','\n.float 1.5,','\n.exitm\n','\n.fill 5,0\n','\n.fill 9999999999,1,1\n','\n.space 9999999999\n','\n.balign 4096\n','\n.org 0x100\n','\n.pushsection .bss\n','\n.popsection\n','\n.set a,a+1\n','\n.p2align 60\n','\n.irpc x,"ab"\n'];
const t0=Date.now();
fc.assert(fc.property(fc.array(fc.constantFrom(...units),{maxLength:60}).map(a=>a.join('')),(s)=>{const t=Date.now();const r=assemble(s);const d=Date.now()-t;if(d>1500){slow++;console.log('slow',d,JSON.stringify(s).slice(0,300));}return r.ok||r.errors.length>0;}),{seed:5,numRuns:6000});
console.log('done',Date.now()-t0,slow);
