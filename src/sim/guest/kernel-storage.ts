// Part of the guest kernel (kernel.ts): its storage and segment interrupts, and how a page comes into the page table.
// Truth: Power ISA v2.06 Book III-S, "Virtual Address Generation", "Page Table"; PAPR for the hcalls.

/** Text behind the kernel's constants and its macro `address`. */
export const KERNEL_STORAGE = `        # Interrupts of the memory: r13 := our block, wherever it was; the rest is saved there, for hcalls change it.
        .macro  fault_entry
        mtspr   273, r13
        mfspr   r13, 272
        std     r3, PC_SAVE(r13)
        std     r4, PC_SAVE + 8(r13)
        std     r5, PC_SAVE + 16(r13)
        std     r6, PC_SAVE + 24(r13)
        std     r7, PC_SAVE + 32(r13)
        std     r8, PC_SAVE + 40(r13)
        std     r9, PC_SAVE + 48(r13)
        std     r10, PC_SAVE + 56(r13)
        std     r11, PC_SAVE + 64(r13)
        std     r12, PC_SAVE + 72(r13)
        mflr    r3
        std     r3, PC_LR(r13)
        mfcr    r3
        std     r3, PC_SAVE + 88(r13)
        mfsrr0  r3
        std     r3, PC_SRR0(r13)
        mfsrr1  r3
        std     r3, PC_SAVE + 104(r13)
        mfxer   r3
        std     r3, PC_SAVE + 112(r13)
        mfctr   r3
        std     r3, PC_SAVE + 120(r13)
        .endm

fault_exit:
        ld      r3, PC_SAVE + 120(r13)
        mtctr   r3
        ld      r3, PC_SAVE + 112(r13)
        mtxer   r3
        ld      r3, PC_SAVE + 104(r13)
        mtsrr1  r3
        ld      r3, PC_SRR0(r13)
        mtsrr0  r3
        ld      r3, PC_SAVE + 88(r13)
        mtcr    r3
        ld      r3, PC_LR(r13)
        mtlr    r3
        ld      r12, PC_SAVE + 72(r13)
        ld      r11, PC_SAVE + 64(r13)
        ld      r10, PC_SAVE + 56(r13)
        ld      r9, PC_SAVE + 48(r13)
        ld      r8, PC_SAVE + 40(r13)
        ld      r7, PC_SAVE + 32(r13)
        ld      r6, PC_SAVE + 24(r13)
        ld      r5, PC_SAVE + 16(r13)
        ld      r4, PC_SAVE + 8(r13)
        ld      r3, PC_SAVE(r13)
        mfspr   r13, 273
        rfid

# --- storage interrupts
data_storage:
        fault_entry
        mfdar   r3
        mfdsisr r4
        bl      storage
        cmpdi   r3, 0
        beq     fault_exit
        ld      r3, PC_SRR0(r13)              # passed over: the next instruction
        addi    r3, r3, 4
        std     r3, PC_SRR0(r13)
        b       fault_exit

inst_storage:
        fault_entry
        mfsrr0  r3
        mfsrr1  r4
        lis     r5, 0x5820                    # the causes; the rest is the MSR
        and     r4, r4, r5
        bl      storage
        cmpdi   r3, 0
        beq     fault_exit
        ld      r3, PC_LR(r13)                # passed over: back to the caller
        std     r3, PC_SRR0(r13)
        b       fault_exit

# storage: r3 = address, r4 = cause; returns r3 = 0 if the access may be tried again.
storage:
        mflr    r12
        lwz     r5, PC_FAULTS(r13)
        lwz     r6, PC_REFUSED(r13)
        add     r5, r5, r6
        clrldi  r5, r5, 60
        sldi    r5, r5, 4
        ld      r6, PC_ID(r13)
        mulli   r6, r6, FAULT_LOG_SIZE
        add     r5, r5, r6
        addi    r5, r5, FAULT_LOG
        std     r3, 0(r5)
        std     r4, 8(r5)
        andis.  r5, r4, DSISR_NOHPTE
        bne     1f
        lwz     r5, PC_REFUSED(r13)
        addi    r5, r5, 1
        stw     r5, PC_REFUSED(r13)
        bl      on_protection
        b       2f
1:      lwz     r5, PC_FAULTS(r13)
        addi    r5, r5, 1
        stw     r5, PC_FAULTS(r13)
        bl      page_in
2:      mtlr    r12
        cmpdi   r3, 0
        beqlr
        lwz     r5, PC_SKIPPED(r13)
        addi    r5, r5, 1
        stw     r5, PC_SKIPPED(r13)
        blr

# page_in: enters the page of r3 if regions has it; returns r3 = 0, or why not. Keeps r12.
page_in:
        address r5, regions
1:      ld      r6, 8(r5)
        cmpdi   r6, 0
        bne     2f
        li      r3, 1                         # nothing belongs there
        blr
2:      cmpld   r3, r6
        bge     3f
        ld      r7, 0(r5)
        cmpld   r3, r7
        bge     4f
3:      addi    r5, r5, 32
        b       1b
4:      subf    r4, r7, r3
        ld      r6, 16(r5)
        add     r4, r4, r6
        clrrdi  r4, r4, 12
        srdi.   r6, r3, 40
        beq     5f
        clrrdi  r4, r4, 16
5:      ld      r6, 24(r5)
        or      r4, r4, r6
        lwz     r5, PC_ENTERED(r13)
        addi    r5, r5, 1
        stw     r5, PC_ENTERED(r13)
        # falls into map

# map: r3 = address, r4 = doubleword 1; into the primary or the secondary group. Returns r3 = the code of H_ENTER and
# r4 = the slot, which is also kept in PC_SLOT. Keeps r12: of what PAPR lets an hcall change, KVM changes the results.
map:    mflr    r11
        mr      r7, r4
        bl      page_of
        mtlr    r11
enter:  mr      r11, r5                       # r5 = group, r6 and r7 = the entry: as page_of leaves them
        li      r3, H_ENTER
        li      r4, 0
        sc      1
        cmpdi   r3, H_PTEG_FULL
        bne     1f
        xori    r5, r11, PTEG_MASK << 3       # the secondary group
        ori     r6, r6, HPTE_V_SECONDARY
        li      r3, H_ENTER
        li      r4, 0
        sc      1
1:      std     r4, PC_SLOT(r13)
        blr

# page_of: r3 = address; returns r5 = first slot of its primary group, r6 = doubleword 0. Uses r8-r10, keeps r7.
page_of:
        srdi.   r8, r3, 40
        bne     2f
        srdi    r8, r3, 28                    # a segment of 256 MB
        li      r9, 12
        li      r6, HPTE_V_VALID
        cmpdi   r8, 0
        bne     1f
        li      r9, 24                        # segment 0: 16 MB
        li      r6, HPTE_V_VALID + HPTE_V_LARGE
1:      addi    r8, r8, VSID_256M
        clrldi  r10, r3, 36
        srd     r10, r10, r9                  # number of the page in its segment
        xor     r5, r8, r10
        sldi    r8, r8, 12
        b       3f
2:      addi    r8, r8, VSID_1T               # a segment of 1 TB
        li      r9, 16
        li      r6, 1
        sldi    r6, r6, 62
        ori     r6, r6, HPTE_V_VALID + HPTE_V_LARGE
        clrldi  r10, r3, 24
        srd     r10, r10, r9
        sldi    r5, r8, 25
        xor     r5, r5, r8
        xor     r5, r5, r10
        sldi    r8, r8, 24
3:      or      r6, r6, r8
        sld     r10, r10, r9
        srdi    r10, r10, 23
        sldi    r10, r10, 7
        or      r6, r6, r10
        andi.   r5, r5, PTEG_MASK
        sldi    r5, r5, 3
        blr

# --- segment interrupts: entries 16 to 31 of the SLB by turns; 0 stays
data_segment:
        fault_entry
        mfdar   r3
        b       1f
inst_segment:
        fault_entry
        mfsrr0  r3
1:      lwz     r5, PC_SEGMENTS(r13)
        addi    r5, r5, 1
        stw     r5, PC_SEGMENTS(r13)
        clrldi  r5, r5, 64 - 4
        ori     r5, r5, 16
        bl      load_segment
        b       fault_exit

# load_segment: r3 = address, r5 = entry.
load_segment:
        srdi.   r4, r3, 40
        bne     1f
        srdi    r4, r3, 28
        sldi    r6, r4, 28
        addi    r4, r4, VSID_256M
        sldi    r4, r4, 12
        ori     r4, r4, SLB_KP
        srdi.   r7, r3, 28
        bne     2f
        ori     r4, r4, SLB_16M
        b       2f
1:      sldi    r6, r4, 40
        addi    r4, r4, VSID_1T
        sldi    r4, r4, 24
        ori     r4, r4, SLB_KP + SLB_64K
        li      r7, 1
        sldi    r7, r7, 62
        or      r4, r4, r7
2:      oris    r6, r6, SLB_V
        or      r6, r6, r5
        slbmte  r4, r6
        blr
`;
