package ring

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Headroom is the number of bytes that the kernel leaves free in front of a
// received frame (XDP_PACKET_HEADROOM).
const Headroom = unix.XDP_PACKET_HEADROOM

// UMEM is the memory that sockets share: frames of one size, a power of two.
type UMEM struct {
	Pool  *Pool
	mem   []byte
	frame int
	owner int // file descriptor of the socket that registered it, -1 for none
}

// NewUMEM maps memory for n frames of size bytes, 2048 or 4096.
func NewUMEM(n, size int) (*UMEM, error) {
	mem, err := unix.Mmap(-1, 0, n*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("map %d frames of %d bytes: %w", n, size, err)
	}
	return &UMEM{Pool: newPool(n, size), mem: mem, frame: size, owner: -1}, nil
}

// FrameSize is the size of a frame in bytes, headroom included.
func (u *UMEM) FrameSize() int { return u.frame }

// Base is the address of the frame that an address lies in.
func (u *UMEM) Base(addr uint64) uint64 { return addr &^ uint64(u.frame-1) }

// Bytes returns n bytes at an address. Appending to them copies them.
func (u *UMEM) Bytes(addr uint64, n int) []byte { return u.mem[addr : addr+uint64(n) : addr+uint64(n)] }

// Address is where b begins, if it lies in one frame of the UMEM.
func (u *UMEM) Address(b []byte) (addr uint64, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	addr = uint64(uintptr(unsafe.Pointer(&b[0])) - uintptr(unsafe.Pointer(&u.mem[0])))
	return addr, addr < uint64(len(u.mem)) && addr&uint64(u.frame-1)+uint64(len(b)) <= uint64(u.frame)
}

// register tells a socket's kernel half about the memory.
func (u *UMEM) register(fd int) error {
	reg := unix.XDPUmemReg{Addr: uint64(uintptr(unsafe.Pointer(&u.mem[0]))), Len: uint64(len(u.mem)), Size: uint32(u.frame)}
	if err := setOption(fd, unix.XDP_UMEM_REG, unsafe.Pointer(&reg), unsafe.Sizeof(reg)); err != nil {
		return fmt.Errorf("register %d bytes of frames: %w", len(u.mem), err)
	}
	u.owner = fd
	return nil
}

// Close unmaps the memory. All sockets must be closed, and nobody may touch a
// slice of it any more.
func (u *UMEM) Close() error {
	if u.mem == nil {
		return errors.New("unmap frames: closed already")
	}
	mem := u.mem
	u.mem = nil
	if err := unix.Munmap(mem); err != nil {
		return fmt.Errorf("unmap frames: %w", err)
	}
	return nil
}
