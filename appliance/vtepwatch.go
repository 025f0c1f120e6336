package appliance

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vxwall/appliance/admin"
	"vxwall/pipeline/overlay"
)

// keptMoves is how many moves are remembered.
const keptMoves = 64

// vtepWatch remembers what packets revealed about the overlay. Workers call it, and
// never wait: who finds it busy leaves it at that.
type vtepWatch struct {
	strangers atomic.Uint64

	mu       sync.Mutex
	moves    [keptMoves]overlay.Move // a ring
	moved    uint64
	stranger stranger // the last
}

// stranger is where a packet came from that came from no peer.
type stranger struct {
	vtep [16]byte
	port uint16
	vni  uint32
}

// Moved implements overlay.Watcher.
func (w *vtepWatch) Moved(m overlay.Move) {
	if !w.mu.TryLock() {
		return
	}
	w.moves[w.moved%keptMoves] = m
	w.moved++
	w.mu.Unlock()
}

// Stranger implements overlay.Watcher. It is called at most once in a millisecond.
func (w *vtepWatch) Stranger(vtep [16]byte, port uint16, vni uint32) {
	w.strangers.Add(1)
	if !w.mu.TryLock() {
		return
	}
	w.stranger = stranger{vtep, port, vni}
	w.mu.Unlock()
}

// recent returns the newest moves, oldest first, and the last stranger.
func (w *vtepWatch) recent() (moves []admin.Move, last string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	moves = []admin.Move{}
	for n := max(w.moved, keptMoves) - keptMoves; n < w.moved; n++ {
		m := &w.moves[n%keptMoves]
		moves = append(moves, admin.Move{
			Time: time.Unix(0, m.Time).UTC(), Network: m.Network, MAC: macText(m.MAC),
			From: addrOf(&m.From).String(), To: addrOf(&m.To).String(), Static: m.Static,
		})
	}
	if s := &w.stranger; *s != (stranger{}) {
		last = fmt.Sprintf("%v port %d VNI %d", addrOf(&s.vtep), s.port, s.vni)
	}
	return moves, last
}

func addrOf(b *[16]byte) netip.Addr { return netip.AddrFrom16(*b).Unmap() }

func macText(mac [6]byte) string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5])
}
