// A small guest kernel: segments, hashed page table by hcalls, translation on, demand paging, a task in problem state.
// It is one flat address space: segment 0 (pages of 16 MB) is guest real memory as it is, so that a pointer means the
// same in real mode, where interrupts begin, and with translation on. Elsewhere pages come when they are touched: from
// the program's table `regions`, segments of 256 MB with pages of 4 KB, from 1 TB on segments of 1 TB with 64 KB.
// Truth: Power ISA v2.06 Book III-S, "Virtual Address Generation", "Page Table"; PAPR for the hcalls.
import { KERNEL_STORAGE } from './kernel-storage.ts';
import { runtimeWith } from './runtime.ts';
import { SAY } from './say.ts';

const RUNTIME = runtimeWith({
  '0x300': 'data_storage',
  '0x380': 'data_segment',
  '0x400': 'inst_storage',
  '0x480': 'inst_segment',
  '0xc00': 'system_call',
});

/** Where the kernel notes the storage interrupts of vcpu 0: 16 pairs of address and cause (DSISR, or of SRR1). */
export const FAULT_LOG = 0x7800;

/** Words of the vcpu's own block behind those of the runtime; checks read them. */
export const PERCPU_FAULTS = { faults: 0x68, entered: 0x6c, refused: 0x70, skipped: 0x74 } as const;

/**
 * Runtime and kernel. A program that follows it provides what RUNTIME asks for but `on_doorbell`, the table `regions`
 * (first and last address, first guest real address, low bits of HPTE doubleword 1; ends with a last address of 0) and
 * `on_protection` (r3 = address, r4 = cause; returns r3 = 0 to try again, else the access is passed over; r3-r12).
 */
export const KERNEL = `${RUNTIME}
        .equ    H_REMOVE, 0x04
        .equ    H_ENTER, 0x08
        .equ    H_READ, 0x0c
        .equ    H_CLEAR_MOD, 0x10
        .equ    H_CLEAR_REF, 0x14
        .equ    H_PROTECT, 0x18
        .equ    H_BULK_REMOVE, 0x124
        .equ    H_PTEG_FULL, -6
        .equ    HPTE_V_VALID, 1
        .equ    HPTE_V_SECONDARY, 2
        .equ    HPTE_V_LARGE, 4
        .equ    HPTE_V_BOLTED, 0x10
        .equ    HPTE_R_R, 0x100
        .equ    HPTE_R_C, 0x80
        .equ    HPTE_R_M, 0x10                # cacheable, coherent
        .equ    HPTE_R_N, 4
        .equ    HPTE_R_64K, 0x1000            # LP of a page of 64 KB
        .equ    PTEG_MASK, 0x7ff              # groups less one, as ibm,pft-size 18 says
        .equ    SLB_V, 0x0800                 # ESID word, bits 16-31
        .equ    SLB_KP, 0x400
        .equ    SLB_16M, 0x100                # L, LP
        .equ    SLB_64K, 0x110
        .equ    VSID_256M, 0x40               # VSID = this + ESID
        .equ    VSID_1T, 0x20
        .equ    DSISR_NOHPTE, 0x4000          # upper half
        .equ    MSR_RELOCATED, 0x30           # IR DR
        .equ    MSR_TASK, 0x4030              # PR IR DR
        .equ    SYS_EXIT, 1

# --- the vcpu's own block, behind what the runtime has there
        .equ    PC_SLOT, 96                   # of the page entered last
        .equ    PC_FAULTS, 104                # pages that were missing
        .equ    PC_ENTERED, 108               # of these, found in regions and entered
        .equ    PC_REFUSED, 112               # accesses that were not allowed
        .equ    PC_SKIPPED, 116               # accesses that were passed over
        .equ    PC_SEGMENTS, 120              # segments loaded by 0x380 and 0x480
        .equ    PC_RESUME, PC_TIR_WRONG       # where a task's end leads
        .equ    PC_SAVE, 128                  # r3-r12, LR, CR, SRR0, SRR1, XER, CTR
        .equ    PC_SRR0, PC_SAVE + 96
        .equ    FAULT_LOG, 0x7800             # of each vcpu: the last 16 storage interrupts, address and cause
        .equ    FAULT_LOG_SIZE, 0x100
        .equ    PC_LR, PC_SAVE + 80

        .macro  address register, symbol
        lis     \\register, \\symbol@h
        ori     \\register, \\register, \\symbol@l
        .endm

${KERNEL_STORAGE}
# --- translation
# kernel_pages: the two pages of segment 0, bolted; once for all vcpus.
kernel_pages:
        mflr    r20
        li      r21, 0
1:      sldi    r3, r21, 24
        ori     r7, r3, HPTE_R_R + HPTE_R_C + HPTE_R_M
        bl      page_of
        ori     r6, r6, HPTE_V_BOLTED
        bl      enter
        addi    r21, r21, 1
        cmpdi   r21, 2
        blt     1b
        mtlr    r20
        blr

# translate: this vcpu runs with translation on from here.
translate:
        mtspr   272, r13
        li      r3, 0
        li      r5, 0
        slbia
        mflr    r8
        bl      load_segment
        mtlr    r8
        mtsrr0  r8
        mfmsr   r3
        ori     r3, r3, MSR_RELOCATED
        mtsrr1  r3
        rfid

# --- hcalls on one entry: r3 = slot, and of protect r4 = the bits. Return r3 = code, and in r4 and r5 what PAPR says.
read_entry:
        mr      r5, r3
        li      r4, 0
        li      r3, H_READ
        sc      1
        blr
remove: mr      r5, r3
        li      r4, 0
        li      r6, 0
        li      r3, H_REMOVE
        sc      1
        blr
clear_ref:
        mr      r5, r3
        li      r4, 0
        li      r3, H_CLEAR_REF
        sc      1
        blr
clear_mod:
        mr      r5, r3
        li      r4, 0
        li      r3, H_CLEAR_MOD
        sc      1
        blr
protect:
        mr      r5, r3
        li      r6, 0
        li      r3, H_PROTECT
        sc      1
        blr

# --- a task in problem state: r3 = its first instruction; returns when it makes the system call SYS_EXIT.
run_task:
        mflr    r4
        std     r4, PC_RESUME(r13)
        mtsrr0  r3
        mfmsr   r4
        ori     r4, r4, MSR_TASK
        mtsrr1  r4
        rfid
system_call:
        mfspr   r13, 272
        ld      r3, PC_RESUME(r13)
        mtsrr0  r3
        mfmsr   r3
        ori     r3, r3, MSR_RELOCATED
        mtsrr1  r3
        rfid

${SAY}
on_doorbell:
        blr
`;

/** Handlers of a program with one vcpu that asks for no interrupt and passes every refused access over. */
export const PASSIVE = `on_protection:
        li      r3, 1
        blr
on_external:
        blr
on_decrementer:
        lis     r3, 0x7fff
        mtdec   r3
        blr
secondary:
        b       secondary
`;
