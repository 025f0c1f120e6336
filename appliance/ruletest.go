package appliance

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
)

// Alerted is a signature that spoke in a replay.
type Alerted struct {
	SID     uint32   `json:"signature_id"`
	Says    string   `json:"signature"`
	Count   int      `json:"alerts"`
	Packets []uint64 `json:"packets"` // the first of them, from 1
}

// maxAlertedPackets bounds the packets that are named for one signature.
const maxAlertedPackets = 20

// Alerts replays and returns the signatures that spoke, by their number.
func (r *Replay) Alerts() ([]Alerted, error) {
	c := &alertCounter{by: map[uint32]*Alerted{}}
	r.EVE, r.Stdout, r.Payload = "-", c, false
	_, err := r.Run()
	list := make([]Alerted, 0, len(c.by))
	for _, sid := range slices.Sorted(maps.Keys(c.by)) {
		list = append(list, *c.by[sid])
	}
	return list, err
}

// alertCounter counts the alerts of an event log that is written to it.
type alertCounter struct {
	rest []byte // of a line that is not whole yet
	by   map[uint32]*Alerted
}

var _ io.Writer = (*alertCounter)(nil)

// Write implements io.Writer.
func (c *alertCounter) Write(b []byte) (int, error) {
	c.rest = append(c.rest, b...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		if err := c.event(line); err != nil {
			return 0, err
		}
		c.rest = rest
	}
}

func (c *alertCounter) event(line []byte) error {
	if !bytes.Contains(line, []byte(`"event_type":"alert"`)) {
		return nil
	}
	var e struct {
		Packet uint64   `json:"pcap_cnt"`
		Alert  *Alerted `json:"alert"`
	}
	if err := json.Unmarshal(line, &e); err != nil || e.Alert == nil {
		return err
	}
	a := c.by[e.Alert.SID]
	if a == nil {
		a = e.Alert
		c.by[a.SID] = a
	}
	a.Count++
	if e.Packet != 0 && len(a.Packets) < maxAlertedPackets && !slices.Contains(a.Packets, e.Packet) {
		a.Packets = append(a.Packets, e.Packet)
	}
	return nil
}
