package pcapfile

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vxwall/pipeline"
)

const (
	frameA = "a frame of odd length"
	frameB = "another frame"
)

// sample is a capture and what is to be read from it.
type sample struct {
	name    string
	capture []byte
	want    []seen
}

// samples are captures of every kind.
func samples() []sample {
	const s = 1700000000
	times := func(a, b int64) []seen {
		return []seen{{frameA, a, 1, 21, 0}, {frameB, b, 2, 1500, 0}}
	}
	micro := times(s*second+7000, s*second+999999000)
	nano := times(s*second+7, s*second+999999999)
	return []sample{
		{"pcap, little endian", little().pcap(1).record(s, 7, 21, frameA).record(s, 999999, 1500, frameB).b, micro},
		{"pcap, big endian", big().pcap(1).record(s, 7, 21, frameA).record(s, 999999, 1500, frameB).b, micro},
		{"pcap of nanoseconds", littleNano().pcap(1).record(s, 7, 21, frameA).record(s, 999999999, 1500, frameB).b, nano},
		{"pcap of nanoseconds, big endian", bigNano().pcap(1).record(s, 7, 21, frameA).record(s, 999999999, 1500, frameB).b, nano},
		{"pcap with frame check sequences", little().pcap(0x24000001).record(s, 7, 21, frameA).record(s, 999999, 1500, frameB).b, micro},
		{"pcap, fraction beyond a second", little().pcap(1).record(s-1, 1000007, 21, frameA).record(s, 999999, 1500, frameB).b, micro},
		{"pcap without packets", little().pcap(1).b, nil},
		{"pcapng", little().section().iface(1, 0).enhanced(0, s*1e6+7, 21, frameA).enhanced(0, s*1e6+999999, 1500, frameB).b, micro},
		{"pcapng, big endian", big().section().iface(1, 0).enhanced(0, s*1e6+7, 21, frameA).enhanced(0, s*1e6+999999, 1500, frameB).b, micro},
		{"pcapng without interfaces", little().section().b, nil},
		{"pcapng, several interfaces", several(s), times(s*second+7, s*second+999000000)},
		{"pcapng, two sections", append(
			little().section().iface(1, 0).enhanced(0, s*1e6+7, 21, frameA).b,
			big().section().iface(101, 0, big().resolution(9)).enhanced(0, s*1e9+8, 1500, frameB).b...),
			[]seen{{frameA, s*second + 7000, 1, 21, 0}, {frameB, s*second + 8, 2, 1500, pipeline.LinkRaw}}},
		{"pcapng, simple packets", little().section().iface(1, 13).simple(13, frameB).simple(1500, frameB).b,
			[]seen{{frameB, 0, 1, 13, 0}, {frameB, 0, 2, 1500, 0}}},
		{"pcapng, obsolete packets", big().section().iface(113, 0).block(blockObsolete,
			append(big().body(0<<16|9, uint32(s*1000000>>32), uint32(s*1000000&0xffffffff), 21, 21), frameA...)).b,
			[]seen{{frameA, s * second, 1, 21, pipeline.LinkSLL}}},
	}
}

// TestFormats holds what is read from every kind of capture, plain and
// compressed, and that a replay of it changes nothing.
func TestFormats(t *testing.T) {
	for _, tt := range samples() {
		t.Run(tt.name, func(t *testing.T) {
			for _, capture := range [][]byte{tt.capture, compress(t, tt.capture)} {
				q, err := inMemory(capture)
				if err != nil {
					t.Fatal(err)
				}
				got, _, err := receive(t, q)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("got  %+v\nwant %+v", got, tt.want)
				}
				out := t.TempDir() + "/out"
				forward(t, Options{In: file(t, "in", capture), Out: out})
				if got := load(t, out); string(got) != string(tt.capture) {
					t.Errorf("forwarded\n%x\nwant\n%x", got, tt.capture)
				}
			}
		})
	}
}

// several has interfaces of different resolution, the second one with an
// offset, and an option that means nothing to us.
func several(s int64) []byte {
	c := little()
	comment := append(binary.LittleEndian.AppendUint32(nil, 5<<16|1), "shop\x00\x00\x00\x00"...)
	return c.section().iface(1, 0, comment, c.resolution(9)).iface(1, 65535, c.resolution(3), c.offset(1000000000)).
		enhanced(0, uint64(s*second+7), 21, frameA).enhanced(1, uint64(s-1000000000)*1000+999, 1500, frameB).b
}

func TestLinkTypes(t *testing.T) {
	want := map[uint32]pipeline.LinkType{
		0: pipeline.LinkNull, 1: pipeline.LinkEthernet, 12: pipeline.LinkRaw, 14: pipeline.LinkRaw, 101: pipeline.LinkRaw,
		108: pipeline.LinkNull, 113: pipeline.LinkSLL, 228: pipeline.LinkRaw, 229: pipeline.LinkRaw, 276: pipeline.LinkSLL2,
	}
	for number := range uint32(300) {
		link, ok := want[number]
		q, err := inMemory(little().pcap(number).record(1, 2, 13, frameB).b)
		if !ok {
			prefix := fmt.Sprintf("open x.pcap: link type %d", number)
			if err == nil || !strings.HasPrefix(err.Error(), prefix) || !strings.HasSuffix(err.Error(), "("+acceptedLinks+")") {
				t.Errorf("link type %d: error %v", number, err)
			}
			continue
		}
		if !regexp.MustCompile(fmt.Sprintf(`\b%d\b`, number)).MatchString(acceptedLinks) {
			t.Errorf("link type %d is not named among those accepted", number)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := receive(t, q); err != nil || len(got) != 1 || got[0].link != link {
			t.Errorf("link type %d: got %v and error %v", number, got, err)
		}
	}
}

// TestSkippedBlocks holds that blocks without packets are passed over, however
// large, and are not forwarded.
func TestSkippedBlocks(t *testing.T) {
	c := little().section().block(0x0bad, make([]byte, 3*windowSize)).iface(1, 0).block(10, []byte("secrets")).
		enhanced(0, 1, 13, frameB).block(4, make([]byte, 8)).block(5, make([]byte, windowSize-8)).enhanced(0, 2, 21, frameA)
	want := little().section().iface(1, 0).enhanced(0, 1, 13, frameB).enhanced(0, 2, 21, frameA)
	out := t.TempDir() + "/out"
	forward(t, Options{In: file(t, "in", c.b), Out: out})
	if got := load(t, out); string(got) != string(want.b) {
		t.Errorf("forwarded %d bytes, want %d", len(got), len(want.b))
	}
}

// TestBatches holds where a batch ends: when it is full, and before a packet
// from a second later. Packets from the past do not count.
func TestBatches(t *testing.T) {
	c := little().pcap(1)
	for i := range uint32(100) {
		c.record(10, i, 13, frameB)
	}
	c.record(10, 999999, 13, frameB).record(11, 64, 13, frameB).record(2, 0, 13, frameB).record(3, 0, 13, frameB)
	q, err := inMemory(c.b)
	if err != nil {
		t.Fatal(err)
	}
	got, batches, err := receive(t, q)
	if err != nil || len(got) != 104 || !slices.Equal(batches, []int{64, 37, 3}) {
		t.Errorf("%d packets in batches %v, error %v", len(got), batches, err)
	}
}

// TestLargePackets holds that packets of any accepted size come whole, over
// many moves of the window.
func TestLargePackets(t *testing.T) {
	c := little().section().iface(1, 0)
	var want []string
	for i := range 30 {
		frame := strings.Repeat(string(rune('a'+i%26)), maxFrame>>(i%4)-i)
		want = append(want, frame)
		c.enhanced(0, uint64(i), uint32(len(frame)), frame)
	}
	q, err := inMemory(c.b)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := receive(t, q)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d packets, error %v", len(got), err)
	}
	for i, p := range got {
		if p.bytes != want[i] {
			t.Errorf("packet %d differs", i+1)
		}
	}
}
