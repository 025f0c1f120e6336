package afxdp

// control is memory that the XDP program looks at for each packet (struct
// control in shared.bpf.h). Each queue's fields are written by its worker, the
// others by anyone; nothing here waits, allocates or makes a system call.
type control struct {
	memory []byte // mapped
	area   *wireControl
	clock  clock
	limit  uint64 // jiffies that a worker may be silent
}
