// Four vcpus share a queue of jobs under a spin lock. Vcpu 0 posts the jobs in batches and wakes the others by IPI; who
// finds the queue empty idles; the one that finishes a batch tells vcpu 0 by IPI. At the end all meet at a barrier.
import { smtGuest, THREADS } from './smt.ts';

/** Jobs in all, and how many are posted at a time. */
export const JOBS = 48;
export const BATCH = 16;

/** Text of the program; `sum` is the sum of the numbers of the jobs done, PC_WORK counts those of each vcpu. */
export const workQueue = (threads = THREADS, jobs = JOBS, batch = BATCH): string =>
  smtGuest({
    threads,
    code: `
        .equ    JOBS, ${jobs}
        .equ    BATCH, ${batch}
        .equ    V_POSTED, 32
        .equ    V_NEXT, 36
        .equ    V_FINISHED, 40
        .equ    V_SUM, 44
        .equ    V_CLOSED, 48

boot:   li      r3, THREADS - 1
        bl      start_all
1:      lwz     r3, V_ONLINE(r14)
        cmpwi   r3, THREADS
        beq     2f
        bl      idle
        b       1b
2:      li      r16, 0                        # jobs posted
3:      addi    r16, r16, BATCH
        addi    r3, r14, V_LOCK
        bl      lock
        stw     r16, V_POSTED(r14)
        addi    r3, r14, V_LOCK
        bl      unlock
        bl      wake_all
        bl      take_jobs
4:      lwz     r3, V_FINISHED(r14)
        cmpw    r3, r16
        beq     5f
        bl      idle
        b       4b
5:      cmpwi   r16, JOBS
        blt     3b
        li      r3, 1
        stw     r3, V_CLOSED(r14)
        bl      wake_all
        bl      barrier
        address r3, text_sum
        lwz     r4, V_SUM(r14)
        bl      say
        b       power_off

worker: li      r3, 0
        bl      ipi                           # here we are
6:      bl      take_jobs
        lwz     r3, V_CLOSED(r14)
        cmpwi   r3, 0
        bne     7f
        bl      idle
        b       6b
7:      bl      barrier
        b       sleep_forever

wake_all:
        mflr    r20
        li      r21, THREADS - 1
8:      mr      r3, r21
        bl      ipi
        addi    r21, r21, -1
        cmpdi   r21, 0
        bne     8b
        mtlr    r20
        blr

# take_jobs: does jobs until none is left.
take_jobs:
        mflr    r18
9:      addi    r3, r14, V_LOCK
        bl      lock
        lwz     r19, V_NEXT(r14)
        lwz     r4, V_POSTED(r14)
        cmpw    r19, r4
        bge     10f
        addi    r4, r19, 1
        stw     r4, V_NEXT(r14)
        addi    r3, r14, V_LOCK
        bl      unlock
        mulli   r3, r19, 37                   # jobs are of different lengths
        clrldi  r3, r3, 57
        addi    r3, r3, 40
        bl      work
        count   PC_WORK
        addi    r3, r14, V_LOCK
        bl      lock
        lwz     r3, V_SUM(r14)
        add     r3, r3, r19
        stw     r3, V_SUM(r14)
        lwz     r4, V_POSTED(r14)
        lwz     r3, V_FINISHED(r14)
        addi    r3, r3, 1
        stw     r3, V_FINISHED(r14)
        cmpw    cr2, r3, r4
        addi    r3, r14, V_LOCK
        bl      unlock
        bne     cr2, 9b
        li      r3, 0                         # the last job of the batch
        bl      ipi
        b       9b
10:     addi    r3, r14, V_LOCK
        bl      unlock
        mtlr    r18
        blr
`,
    data: `
        .align  5
posted:         .long 0
next:           .long 0
finished:       .long 0
sum:            .long 0
closed:         .long 0
        .align  4
text_sum:       .ascii "jobs sum ????\\n  "
`,
  });

/** The program with four vcpus. */
export const WORK_QUEUE = workQueue();
