package pcapfile

import (
	"errors"
	"strings"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// replay takes a whole capture of plain frames through a worker that drops
// nothing, and completes the output.
func replay(t *testing.T, q *Queue, vlan pipeline.VLANAction) error {
	t.Helper()
	cfg := pipeline.Default()
	cfg.Plain, cfg.VLAN, cfg.Flow.Capacity = true, vlan, 1<<12
	current := new(pipeline.Current)
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{willing{}}, Monitor: true})
	return errors.Join(pipeline.NewWorker(cfg, q, current, silent{}).Run(), q.Close())
}

// ethernet returns a UDP packet, or a fragment of one, with VLAN tags.
func ethernet(tags string, fragment string, payload string) string {
	const macs = "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01"
	const addresses = "\x0a\x00\x00\x01\x0a\x00\x00\x02"
	size := string([]byte{0, byte(20 + len(payload))})
	header := []byte("\x45\x00" + size + "\x00\x07" + fragment + "\x40\x11\x00\x00" + addresses)
	wire.IPv4(header).SetChecksum()
	return macs + tags + "\x08\x00" + string(header) + payload
}

func udp(data string) string {
	return "\x9c\x40\x02\x02" + string([]byte{0, byte(8 + len(data))}) + "\x00\x00" + data
}

// TestShorterFrames holds that a frame that lost its VLAN tag keeps its time,
// its options and what was missing of it, in every kind of record.
func TestShorterFrames(t *testing.T) {
	tagged := ethernet("\x81\x00\x00\x05", "\x00\x00", udp("data"))
	plain := ethernet("", "\x00\x00", udp("data"))
	n := uint32(len(tagged))
	comment := "\x01\x00\x04\x00shop\x00\x00\x00\x00"
	enhanced := func(frame string, original uint32) []byte {
		b := append(little().body(0, 0, 9, uint32(len(frame)), original), frame...)
		return append(append(b, make([]byte, -len(b)&3)...), comment...)
	}
	tests := []struct {
		name     string
		in, want []byte
	}{
		{"pcap", bigNano().pcap(1).record(1, 2, n+100, tagged).b, bigNano().pcap(1).record(1, 2, n+96, plain).b},
		{"enhanced", little().section().iface(1, 0).block(6, enhanced(tagged, n+100)).b,
			little().section().iface(1, 0).block(6, enhanced(plain, n+96)).b},
		{"simple", big().section().iface(1, n).simple(n+100, tagged).b,
			big().section().iface(1, n).enhanced(0, 0, n+96, plain).b},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := t.TempDir() + "/out"
			q, err := Open(Options{In: file(t, "in", tt.in), Out: out})
			if err != nil {
				t.Fatal(err)
			}
			if err := replay(t, q, pipeline.VLANStrip); err != nil {
				t.Fatal(err)
			}
			if got := load(t, out); string(got) != string(tt.want) {
				t.Errorf("got\n%x\nwant\n%x", got, tt.want)
			}
		})
	}
}

// TestHeldFrames holds when and over which interface frames leave that waited
// for the rest of their datagram: with the packet that completed it.
func TestHeldFrames(t *testing.T) {
	datagram := udp(strings.Repeat("d", 24))
	first := ethernet("", "\x20\x00", datagram[:16])
	last := ethernet("", "\x00\x02", datagram[16:])
	other := ethernet("", "\x00\x00", udp("other"))
	size := func(s string) uint32 { return uint32(len(s)) }
	pcap := func(records ...func(c *builder)) []byte {
		c := bigNano().pcap(1)
		for _, r := range records {
			r(c)
		}
		return c.b
	}
	at := func(fraction uint32, frame string) func(c *builder) {
		return func(c *builder) { c.record(1700000000, fraction, size(frame), frame) }
	}
	ng := func() *builder {
		return little().section().iface(1, 0, little().resolution(9)).iface(1, 0, little().resolution(3), little().offset(-5))
	}
	tests := []struct {
		name     string
		in, want []byte
	}{
		{"pcap", pcap(at(1, first), at(2, other), at(3, last), at(4, other)),
			pcap(at(2, other), at(3, first), at(3, last), at(4, other))},
		{"pcapng", ng().enhanced(0, 7e9, size(first), first).enhanced(1, 12001, size(last), last).b,
			ng().enhanced(1, 12001, size(first), first).enhanced(1, 12001, size(last), last).b},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := t.TempDir() + "/out"
			q, err := Open(Options{In: file(t, "in", tt.in), Out: out})
			if err != nil {
				t.Fatal(err)
			}
			if err := replay(t, q, pipeline.VLANPass); err != nil {
				t.Fatal(err)
			}
			if got := load(t, out); string(got) != string(tt.want) {
				t.Errorf("got\n%x\nwant\n%x", got, tt.want)
			}
		})
	}
}

// TestOutlivedInterface holds that a frame that was held beyond the section of
// its interface is an error, which leaves no output behind, rather than a
// capture that nobody can read.
func TestOutlivedInterface(t *testing.T) {
	first := ethernet("", "\x20\x00", udp(strings.Repeat("d", 24))[:16])
	c := little().section().iface(1, 0).enhanced(0, 7e6, uint32(len(first)), first).section()
	dir := t.TempDir()
	q, err := Open(Options{In: file(t, "in", c.b), Out: dir + "/out"})
	if err != nil {
		t.Fatal(err)
	}
	want := "write " + dir + "/out: a frame was held for longer than the section of its interface"
	if err := replay(t, q, pipeline.VLANPass); err == nil || err.Error() != want+"\n"+want {
		t.Errorf("got %v, want %s from Send and Close", err, want)
	}
	checkNames(t, dir)
}
