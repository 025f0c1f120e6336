package evade

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"vxwall/bench/lab/labtest"
	"vxwall/pipeline/stream"
)

// noWall lets everything pass.
type noWall struct{}

func (noWall) Pass([]byte, bool) bool { return true }

// streamWall puts the streams of one connection together, and drops the connection once it sees
// the needle.
type streamWall struct {
	conn   stream.Conn
	denied bool
	now    int64
	looks  func(dir uint8, data []byte, fresh int) bool // whether the needle is there; nil: as it is
}

// sees looks at what is new in a direction.
func (w *streamWall) sees(dir uint8) bool {
	data, _, fresh, _ := w.conn.Window(dir)
	if w.looks != nil {
		return w.looks(dir, data, fresh)
	}
	return bytes.Contains(data, Needle)
}

func (w *streamWall) Pass(packet []byte, toReceiver bool) bool {
	in, ok := Parse(packet)
	if !ok || w.denied {
		return false
	}
	w.now += 1e6
	in.Now = w.now
	if !toReceiver {
		in.Dir = stream.ToInitiator
	}
	r := w.conn.Segment(&in)
	for d := range uint8(2) {
		for more := r.Fresh&(1<<d) != 0; more; more = w.conn.Consumed(d) {
			w.denied = w.sees(d) || w.denied
		}
	}
	if w.denied || r.Verdict != stream.Pass {
		return false
	}
	if r.ClearUrgent {
		packet[ipHeader+13] &^= stream.URG
		packet[ipHeader+18], packet[ipHeader+19] = 0, 0
	}
	if r.Rewritten || r.ClearUrgent {
		Fix(packet)
	}
	return true
}

// tally counts the talks of one mutation.
type tally struct {
	talks, read, seen int // talks, those in which the needle was read, and seen by the wall
	got               int // bytes that were read
}

// attack has n plans of a mutation, with up to two others, carried out.
func attack(r *Receiver, m *mutation, n int, port *uint16, guard func() Wall) (sum tally) {
	random := rand.New(rand.NewPCG(uint64(len(m.name)), uint64(*port)))
	for range n {
		p := newPlan(random)
		used := []*mutation{m}
		for range random.IntN(3) {
			used = append(used, &mutations[random.IntN(len(mutations))])
		}
		for _, m := range used {
			if m.data != nil {
				m.data(p)
			}
		}
		p.split(16)
		for i := len(used) - 1; i >= 0; i-- {
			if used[i].shots != nil {
				used[i].shots(p)
			}
		}
		if *port++; *port < 1024 {
			*port = 1024
		}
		wall := guard()
		data, open := run(r, wall, p, *port)
		sum.talks++
		if open {
			sum.got += len(data)
		}
		if bytes.Contains(data, Needle) {
			sum.read++
		}
		if w, ok := wall.(*streamWall); ok {
			if w.denied {
				sum.seen++
			}
			w.conn.Close()
		}
	}
	return sum
}

// talks is how many are held. The figures in the documentation are those of -talks 10000.
var talks = flag.Int("talks", 1000, "connections of the attacker")

// TestNothingIsPutTogetherToTheAttack sends an attack in ways that are meant to hide
// it, through streams that are put together, to the kernel's TCP. Its reader must not get it.
func TestNothingIsPutTogetherToTheAttack(t *testing.T) {
	labtest.NeedRoot(t)
	each, control := *talks/len(mutations)+1, 40
	r, err := NewReceiver()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// Every second connection is left its urgent marks: the kernel takes such bytes out, too.
	pools := []*stream.Pool{
		stream.NewPool(stream.PoolConfig{Inline: true}), stream.NewPool(stream.PoolConfig{Inline: true, Urgent: stream.UrgentOOB}),
	}
	port := uint16(2000)
	var table strings.Builder
	begun := time.Now()
	total := 0
	for i := range mutations {
		m := &mutations[i]
		without := attack(r, m, control, &port, func() Wall { return noWall{} })
		with := attack(r, m, each, &port, func() Wall { return &streamWall{conn: pools[port%2].Open()} })
		total += with.talks
		fmt.Fprintf(&table, "%-46s %6d %6d %6d %8d/%d\n", m.name, with.talks, with.read, with.seen, without.read, without.talks)
		if with.read > 0 {
			t.Errorf("%s: the attack was read %d times", m.name, with.read)
		}
		if without.read == 0 {
			t.Errorf("%s: the attack does not work without a wall either", m.name)
		}
	}
	t.Logf("%d talks in %v\n%-46s %6s %6s %6s %8s\n%s%+v", total, time.Since(begun), "mutation", "talks", "read", "seen", "no wall", table.String(), pools[0].Stats())
}
