package nfqueue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"syscall"
	"testing"
)

// packetMessage is a message as the kernel writes it.
func packetMessage(attributes ...[]byte) []byte {
	b := begin(nil, msgPacket, 0, 7, 0)
	for _, a := range attributes {
		b = append(b, a...)
	}
	return finish(b, 0)
}

func idAttr(id uint32) []byte {
	return appendAttr(nil, attrPacket, append(binary.BigEndian.AppendUint32(nil, id), 8, 0, 1)...)
}

func answerMessage(code int32) []byte {
	b := begin(nil, msgError, 0, 0, 0)[:netlinkHeader]
	return finish(binary.NativeEndian.AppendUint32(b, uint32(code)), 0)
}

func TestParse(t *testing.T) {
	payload := []byte{0x45, 1, 2, 3, 4}
	whole := packetMessage(idAttr(9), appendAttr(nil, 5, 0, 0, 0, 1), appendAttr(nil, attrPayload, payload...))
	lying := append([]byte(nil), whole...)
	binary.NativeEndian.PutUint16(lying[headers:], 200)
	tests := map[string]struct {
		message []byte
		want    packet
		found   bool
		err     error
	}{
		"packet":           {whole, packet{9, 5, payload}, true, nil},
		"cut":              {packetMessage(idAttr(9), appendAttr(nil, attrCapLen, 0, 0, 9, 0), appendAttr(nil, attrPayload, payload...)), packet{9, 0x900, payload}, true, nil},
		"no payload":       {packetMessage(idAttr(1)), packet{1, 0, nil}, true, nil},
		"no id":            {packetMessage(appendAttr(nil, attrPayload, payload...)), packet{}, false, errMessage},
		"short id":         {packetMessage(appendAttr(nil, attrPacket, 0, 0, 0, 1)), packet{}, false, errMessage},
		"attribute beyond": {lying, packet{}, false, errMessage},
		"acknowledged":     {answerMessage(0), packet{}, false, nil},
		"refused":          {answerMessage(-int32(syscall.ENOENT)), packet{}, false, syscall.ENOENT},
		"answer positive":  {answerMessage(5), packet{}, false, errMessage},
		"answer short":     {finish(begin(nil, msgError, 0, 0, 0)[:netlinkHeader], 0), packet{}, false, errMessage},
		"nothing":          {finish(begin(nil, msgNothing, 0, 0, 0), 0), packet{}, false, nil},
		"other type":       {finish(begin(nil, msgConfig, 0, 0, 0), 0), packet{}, false, errMessage},
		"empty":            {nil, packet{}, false, errMessage},
		"truncated":        {whole[:len(whole)-1], packet{}, false, errMessage},
	}
	for name, tt := range tests {
		got, found, err := parse(tt.message)
		if got.id != tt.want.id || got.length != tt.want.length || !bytes.Equal(got.payload, tt.want.payload) ||
			found != tt.found || !errors.Is(err, tt.err) {
			t.Errorf("%s: %+v, %v, %v; want %+v, %v, %v", name, got, found, err, tt.want, tt.found, tt.err)
		}
	}
}

// TestVerdicts compares with messages as libnetfilter_queue writes them.
func TestVerdicts(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the bytes are those of a little-endian machine")
	}
	single := []byte{
		32, 0, 0, 0, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, // VERDICT, NLM_F_REQUEST
		0, 0, 0, 7, 12, 0, 2, 0, 0, 0, 0, 1, 0, 0, 1, 0, // queue 7, NF_ACCEPT, id 256
	}
	if got := appendVerdict(nil, msgVerdict, 7, accept, 256, nil); !bytes.Equal(got, single) {
		t.Errorf("got  %v\nwant %v", got, single)
	}
	batch := append([]byte(nil), single...)
	batch[4], batch[27] = 3, 0
	if got := appendVerdict(single, msgBatch, 7, drop, 256, nil); !bytes.Equal(got, append(single, batch...)) {
		t.Errorf("got %v", got)
	}
	got := appendVerdict(nil, msgVerdict, 7, accept, 256, []byte{1, 2, 3})
	want := append(append([]byte(nil), single...), 7, 0, 10, 0, 1, 2, 3, 0)
	want[0] = 40
	if !bytes.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if len(single) != verdictSize {
		t.Errorf("a verdict has %d bytes, not %d", len(single), verdictSize)
	}
}

// FuzzParse: a packet has its payload inside of the message and not more of it than it is
// long; an error brings nothing.
func FuzzParse(f *testing.F) {
	f.Add(packetMessage(idAttr(9), appendAttr(nil, attrPayload, 0x45, 0, 0)))
	f.Add(packetMessage(idAttr(9), appendAttr(nil, attrCapLen, 0, 0, 9, 0), appendAttr(nil, attrPayload, 1, 2, 3, 4)))
	f.Add(answerMessage(-2))
	f.Add(answerMessage(0))
	f.Fuzz(func(t *testing.T, message []byte) {
		p, found, err := parse(message)
		if found && err != nil || !found && (p.payload != nil || p.id != 0) {
			t.Fatalf("%+v, %v, %v", p, found, err)
		}
		if p.length < len(p.payload) || cap(p.payload) != len(p.payload) {
			t.Fatalf("%d bytes of %d, room for %d", len(p.payload), p.length, cap(p.payload))
		}
		if found && len(p.payload) > 0 && !bytes.Contains(message, p.payload) {
			t.Fatal("the payload is not of the message")
		}
		if found && len(message) < headers {
			t.Fatalf("a packet in %d bytes", len(message))
		}
	})
}
