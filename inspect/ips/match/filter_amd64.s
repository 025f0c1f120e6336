#include "textflag.h"

// The multiplier is mulFilter of filter.go, as a signed number.

// func placesBMI2(table *uint8, shift uint32, data *byte, steps int, out *[maxPlaces]uint16) int
TEXT ·placesBMI2(SB), NOSPLIT, $0-48
	MOVQ table+0(FP), BX
	MOVL shift+8(FP), R8
	MOVQ data+16(FP), SI
	MOVQ steps+24(FP), DX
	MOVQ out+32(FP), DI
	MOVQ $0x2020202020202020, R9
	MOVQ $0x0700000700000000, R10 // of the fifth bytes, what chooses a bit
	XORL CX, CX                   // the place
	XORL AX, AX                   // how many are noted

loop:
	MOVQ  (SI), R11
	ORQ   R9, R11
	IMUL3L $-0x61c8864f, R11, R12
	RORXQ $24, R11, R13
	IMUL3L $-0x61c8864f, R13, R13
	ANDQ  R10, R11
	SHRXL R8, R12, R12
	SHRXL R8, R13, R13
	SHRQ  $32, R11
	MOVBLZX (BX)(R12*1), R12
	MOVBLZX (BX)(R13*1), R13
	SHRXL R11, R12, R12 // shifts by five bits of R11, of which two are clear
	SHRQ  $24, R11
	SHRXL R11, R13, R13
	ANDL  $1, R12
	ANDL  $1, R13
	MOVW  CX, (DI)(AX*2)
	ADDQ  R12, AX
	ADDL  $3, CX
	MOVW  CX, (DI)(AX*2)
	ADDQ  R13, AX
	ADDL  $3, CX
	ADDQ  $6, SI
	DECQ  DX
	JNZ   loop

	MOVQ AX, ret+40(FP)
	RET

// func hasBMI2() bool
TEXT ·hasBMI2(SB), NOSPLIT, $0-1
	MOVB  $0, ret+0(FP)
	XORL  AX, AX
	CPUID
	CMPL  AX, $7
	JB    none
	MOVL  $7, AX
	XORL  CX, CX
	CPUID
	SHRL  $8, BX // EBX bit 8
	ANDL  $1, BX
	MOVB  BX, ret+0(FP)

none:
	RET
