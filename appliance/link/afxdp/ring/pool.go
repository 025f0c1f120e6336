package ring

import (
	"sync"
	"sync/atomic"
)

// Chunk is how many frames a Cache gets from the pool, or gives back, at a time.
const Chunk = 64

// Pool holds the free frames that no Cache has. Any goroutine may use it.
type Pool struct {
	mu     sync.Mutex
	free   []uint64
	frames int
}

func newPool(n, size int) *Pool {
	p := &Pool{free: make([]uint64, n), frames: n}
	for i := range p.free { // the first ones are taken first
		p.free[i] = uint64(n-1-i) * uint64(size)
	}
	return p
}

// Len is the number of free frames in the pool.
func (p *Pool) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.free)
}

// Frames is the number of frames that there are.
func (p *Pool) Frames() int { return p.frames }

// get appends up to Chunk frames.
func (p *Pool) get(to []uint64) []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := max(0, len(p.free)-Chunk)
	to = append(to, p.free[at:]...)
	p.free = p.free[:at]
	return to
}

func (p *Pool) put(frames []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, frames...)
}

// Cache holds free frames of one goroutine, so that the pool's lock is taken
// once for Chunk frames at most. Frames that come in at one worker and are
// freed by another find their way back through the pool.
type Cache struct {
	pool  *Pool
	free  []uint64
	shown atomic.Int64
}

// NewCache returns an empty cache.
func (p *Pool) NewCache() *Cache { return &Cache{pool: p, free: make([]uint64, 0, 4*Chunk)} }

// Get takes a free frame; ok is false if there is none.
func (c *Cache) Get() (addr uint64, ok bool) {
	if len(c.free) == 0 {
		if c.free = c.pool.get(c.free); len(c.free) == 0 {
			return 0, false
		}
	}
	last := len(c.free) - 1
	addr = c.free[last]
	c.free = c.free[:last]
	return addr, true
}

// Put makes a frame free.
func (c *Cache) Put(addr uint64) {
	if len(c.free) == cap(c.free) {
		keep := len(c.free) - Chunk
		c.pool.put(c.free[keep:])
		c.free = c.free[:keep]
	}
	c.free = append(c.free, addr)
}

// Flush gives all frames back to the pool.
func (c *Cache) Flush() {
	c.pool.put(c.free)
	c.free = c.free[:0]
	c.Show()
}

// Show makes the present number of frames known to Len.
func (c *Cache) Show() { c.shown.Store(int64(len(c.free))) }

// Len is the number of frames at the last Show. Any goroutine may ask.
func (c *Cache) Len() int { return int(c.shown.Load()) }
