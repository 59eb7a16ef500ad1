// Vcpus that share one hardware thread hold a lock for long, so that its holder is often pre-empted. Who finds it taken
// looks into the holder's VPA: an odd yield_count says that it does not run, and H_CONFER gives it the time slice.
// Source: PAPR 14.11.3 (H_REGISTER_VPA, H_CONFER); Linux arch/powerpc/lib/locks.c.
import { PERCPU_WORD, smtGuest, THREADS } from './smt.ts';

/** Times that each vcpu takes the lock, and instructions for which it holds it. */
export const TURNS = 30;
export const HOLD = 900;
/** Guest address of the VPA of vcpu 0, bytes from one to the next, and the word that an entry and an exit count up. */
export const VPAS = { AT: 0x10000, EACH: 0x400, YIELD_COUNT: 0x100 } as const;

/** Text of the program; without `confer` a waiting vcpu only spins. PC_SPINS and PC_CONFERS of each vcpu count. */
export const lockHolder = (confer: boolean, threads = THREADS): string =>
  smtGuest({
    threads,
    code: `
        .equ    TURNS, ${TURNS}
        .equ    H_REGISTER_VPA, 0xdc
        .equ    H_CONFER, 0xe4
        .equ    REG_VPA, 1
        .equ    REG_DTL, 2
        .equ    VPAS, ${VPAS.AT}
        .equ    DTLS, VPAS + 0x2000
        .equ    PC_SPINS, ${PERCPU_WORD.SPINS}
        .equ    PC_CONFERS, ${PERCPU_WORD.CONFERS}

boot:   li      r3, THREADS - 1
        bl      start_all
worker: bl      register
1:      bl      acquire
        li      r3, ${HOLD}
        bl      work
        count   PC_WORK
        addi    r3, r14, V_LOCK
        bl      unlock
        lwz     r3, PC_WORK(r13)
        cmpwi   r3, TURNS
        blt     1b
        addi    r3, r14, V_DONE
        bl      add_one
        cmpdi   r15, 0
        bne     sleep_forever
        li      r31, 400                      # look now and then whether all have finished
        mtdec   r31
2:      lwz     r3, V_DONE(r14)
        cmpwi   r3, THREADS
        beq     3f
        bl      idle
        b       2b
3:      address r3, text_locks
        lwz     r4, PC_CONFERS(r13)
        bl      say
        b       power_off

# register: our VPA and our dispatch trace log; each says its own length.
register:
        address r6, VPAS
        sldi    r3, r15, 10
        add     r6, r6, r3
        li      r3, ${VPAS.EACH}
        sth     r3, 4(r6)
        li      r4, REG_VPA
        sldi    r4, r4, 45
        mr      r5, r15
        li      r3, H_REGISTER_VPA
        sc      1
        address r6, DTLS
        sldi    r3, r15, 9
        add     r6, r6, r3
        li      r3, 8 * 48
        stw     r3, 4(r6)
        li      r4, REG_DTL
        sldi    r4, r4, 45
        mr      r5, r15
        li      r3, H_REGISTER_VPA
        sc      1
        blr

# acquire: the lock, with help for a holder that does not run.
acquire:
        addi    r7, r14, V_LOCK
4:      lwarx   r8, 0, r7
        cmpwi   r8, 0
        bne     5f
        addi    r8, r15, 1
        stwcx.  r8, 0, r7
        bne-    4b
        isync
        blr
5:      count   PC_SPINS
${confer ? '' : '        b       4b'}
        addi    r8, r8, -1
        sldi    r9, r8, 10
        address r10, VPAS
        add     r9, r9, r10
        lwz     r9, ${VPAS.YIELD_COUNT}(r9)
        clrldi  r10, r9, 63
        cmpwi   r10, 0
        beq     4b                            # it runs
        lwz     r10, 0(r7)
        addi    r10, r10, -1
        cmpw    r10, r8
        bne     4b                            # it has the lock no more
        count   PC_CONFERS
        mr      r4, r8
        mr      r5, r9
        li      r3, H_CONFER
        sc      1
        b       acquire
`,
    data: `
        .align  4
text_locks:     .ascii "conferred ??\\n   "
`,
  });
