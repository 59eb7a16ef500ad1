import { chromium } from '@playwright/test';
const b = await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox']});
for (const [w, s] of [[1280,'guest-smt'],[1280,'cede-real-mode'],[1280,'book3s-hv'],[1280,'nap-state-lost'],[1280,'virt-doorbell'],[1280,'historic-table&patch=b20-key-hi:off'],[1280,'guest-smt&patch=historic-3.6:off'],[400,'guest-smt']] as const) {
  const p = await b.newPage({ viewport: { width: w, height: 800 } });
  p.on('pageerror', e => console.log('ERR', e.message));
  await p.goto(`http://127.0.0.1:4797/#s=${s}`);
  await p.waitForSelector('.header .button', { timeout: 90000 });
  await p.waitForTimeout(1500);
  const r = await p.evaluate(() => { const h = document.querySelector('.header')!; return [h.getBoundingClientRect().height, document.documentElement.scrollWidth]; });
  const mid = await p.evaluate(() => [...document.querySelectorAll('.header > *')].map(e => `${e.className}:${Math.round(e.getBoundingClientRect().top)}`).join(' '));
  console.log(w, s, r, mid);
  if (s === 'guest-smt' || s.startsWith('historic')) {
    await p.screenshot({ path: `/tmp/b5/h-${w}.png`, clip: {x:0,y:0,width:w,height:Math.min(200,800)} });
    await p.getByRole('button', { name: /historic changes/ }).click();
    await p.waitForTimeout(500);
    await p.screenshot({ path: `/tmp/b5/d-${w}-${s.slice(0,8)}.png` });
    console.log(await p.evaluate(() => { const d = document.querySelector('.sheet')!; return [d.getBoundingClientRect().width, d.scrollWidth, document.activeElement?.getAttribute('aria-label')]; }));
  }
  await p.close();
}
await b.close();
