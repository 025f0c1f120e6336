package ips

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// drawOptions draws conditions on one value: of few letters, so that much matches.
func drawOptions(t *rapid.T) string {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("abAB")), 1, 7, -1)
	var out []string
	for range rapid.IntRange(1, 3).Draw(t, "contents") {
		option := fmt.Sprintf(`content:%s"%s";`, rapid.SampledFrom([]string{"", "", "", "!"}).Draw(t, "not"), word.Draw(t, "word"))
		option += rapid.SampledFrom([]string{"", "", " nocase;", " offset:2;", " depth:9;", " distance:0;", " within:9;", " startswith;", " fast_pattern;"}).Draw(t, "modifier")
		out = append(out, option)
	}
	return strings.Join(out, " ")
}

var drawnHeads = []string{
	"alert tcp any any -> any any (%s sid:%d;)", "alert tcp any any -> any 80 (%s sid:%d;)", "alert tcp any 80 -> any any (%s sid:%d;)",
	"alert ip any any -> any any (%s sid:%d;)", "alert tcp-pkt any any -> any any (%s sid:%d;)", "drop tcp any any -> any 79:90 (%s dsize:>3; sid:%d;)",
	"alert tcp 10.1.0.0/16 any -> any any (flow:to_server; %s sid:%d;)", "alert tcp any any -> any any (%s flowbits:set,seen; sid:%d;)",
	"alert tcp !10.1.0.0/16 any -> 10.1.0.0/16 any (%s sid:%d;)", "alert tcp 10.2.0.0/16 any <> 10.0.0.0/15 any (%s sid:%d;)",
	"alert http !10.1.0.0/16 any -> 10.1.0.0/16 any (http.uri; %s sid:%d;)", "alert http 10.0.0.0/15 any => 10.2.0.0/16 80 (http.uri; %s sid:%d;)",
	"alert tcp any any -> any any (flowbits:isset,seen; %s sid:%d;)", "alert http any any -> any any (http.uri; %s sid:%d;)",
	"alert http any any -> any any (http.uri; to_lowercase; %s sid:%d;)", "alert http any any -> any any (http.request_body; %s sid:%d;)",
	"alert http any any -> any any (http.method; content:\"ab\"; http.request_body; %s sid:%d;)",
	"alert http any any => any any (http.uri; %s http.response_body; content:\"ba\"; sid:%d;)",
	"alert http any any -> any any (http.request_header; %s sid:%d;)", "alert http any any -> any any (%s sid:%d;)",
}

func drawRules(t *rapid.T) []suricata.Signature {
	var text strings.Builder
	for sid := range rapid.IntRange(1, 12).Draw(t, "rules") {
		fmt.Fprintf(&text, rapid.SampledFrom(drawnHeads).Draw(t, "head")+"\n", drawOptions(t), sid+1)
	}
	sigs, _ := suricata.Parse("drawn", []byte(text.String()), nil) // what can never match is refused
	return sigs
}

// both is a detector and one without prefilter, each with a state of its own.
type both struct {
	*world
	naive *Detector
	sent  [2]string
	tx    *app.Tx
	other *app.Tx // the same for the naive one, which marks it too
	body  [2]string
	spoke []int
}

func (b *both) compare(t *rapid.T, in *Input) {
	got := b.sids(in)
	verdict := [2]bool{b.out.Drop, b.out.DropFlow}
	in.Txs = nil
	if in.App != "" {
		b.other.Changed, b.other.Progress = b.tx.Changed, b.tx.Progress
		in.Txs = []*app.Tx{b.other}
	}
	var out Result
	b.naive.Inspect(in, &out)
	var want []int
	for _, a := range out.Alerts() {
		want = append(want, int(b.engine.Signatures()[a.Sig].SID))
	}
	slices.Sort(want)
	// A rule that spoke of a stream speaks anew when its pattern comes anew; asking it each time may find
	// it once more with a pattern that it has spoken of.
	want = slices.DeleteFunc(want, func(sid int) bool { return slices.Contains(b.spoke, sid) && !slices.Contains(got, sid) })
	b.spoke = append(b.spoke, got...)
	if !slices.Equal(got, want) || verdict != [2]bool{out.Drop, out.DropFlow} {
		t.Fatalf("%v %v, want %v %v", got, verdict, want, [2]bool{out.Drop, out.DropFlow})
	}
}

// step draws a packet, a piece of the stream, or news of a transaction.
func (b *both) step(t *rapid.T) {
	piece := rapid.StringOfN(rapid.SampledFrom([]rune("abAB.")), 1, 12, -1).Draw(t, "piece")
	dir := flow.Direction(rapid.IntRange(0, 1).Draw(t, "direction"))
	switch rapid.IntRange(0, 2).Draw(t, "step") {
	case 0:
		b.compare(t, b.packet(dir, piece))
	case 1:
		old := b.sent[dir]
		keep := max(0, len(old)-rapid.IntRange(0, 30).Draw(t, "keep"))
		b.sent[dir] += piece
		b.compare(t, b.stream(dir, uint64(keep), old[keep:], piece))
	case 2:
		f := b.tx.Content.(*fakeTx)
		id := [2]app.BufferID{app.HTTPRequestBody, app.HTTPResponseBody}[dir]
		if old := f.buffers[id]; len(old) > 0 && old[0].Final {
			piece = ""
		}
		body := app.Buffer{Data: []byte(b.body[dir] + piece), Fresh: len(b.body[dir]), Final: piece == "" || rapid.Bool().Draw(t, "final")}
		b.body[dir] += piece
		f.buffers[id] = []app.Buffer{body}
		f.set("http.request_header", app.Buffer{Data: []byte(piece), Final: true})
		b.compare(t, b.request(dir, b.tx))
	}
}

// The prefilter loses no match, and makes none: with and without it the same rules match.
func TestPrefilter(t *testing.T) { rapid.Check(t, prefilter) }

func FuzzPrefilter(f *testing.F) { f.Fuzz(rapid.MakeFuzz(prefilter)) }

func prefilter(t *rapid.T) {
	e, _ := Compile(drawRules(t), Options{})
	limits := Limits{Sessions: 8, Nodes: 1000, Txs: 100, Hosts: 1000}
	w := &world{engine: e, state: NewState(limits), now: 1e18, record: flow.Record{ID: 1, State: flow.Established, Key: key(6)}}
	w.detector = NewDetector(e, w.state)
	b := &both{world: w, naive: NewDetector(e, NewState(limits))}
	b.naive.naive = true
	uri := rapid.StringOfN(rapid.SampledFrom([]rune("abAB")), 1, 20, -1).Draw(t, "uri")
	b.tx, _ = newTx(0, "http.uri="+uri, "http.method=ab")
	b.other = &app.Tx{Changed: b.tx.Changed, Content: b.tx.Content}
	b.compare(t, b.request(0, b.tx)) // a request comes before its response
	for range rapid.IntRange(1, 8).Draw(t, "steps") {
		b.step(t)
	}
}
