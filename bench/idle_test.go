package bench

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"vxwall/appliance"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// idlers is a queue with one request and its answer in each of many connections, which then
// stay open.
type idlers struct {
	flows, flow int
	frames      [][]byte // of the flow, to come
	now         int64
	forwarded   int
}

const (
	idleRequest = "GET /order/image/17.html?search=5 HTTP/1.1\r\nHost: cart3.example.com\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0\r\nAccept: text/html\r\nCookie: session=0123456789abcdef\r\n\r\n"
	idleAnswer = "HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: text/html\r\nContent-Length: 1024\r\n\r\n"
)

// open makes the frames of the next connection.
func (q *idlers) open() {
	from, port := fmt.Sprintf("10.1.%d.%d", q.flow>>8&0xff, q.flow&0xff), uint16(10000+q.flow>>16)
	q.flow++
	forth := func(seq, ack uint32, flags, text string) {
		q.frames = append(q.frames, pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Src: from}, pt.TCP{Src: port, Dst: 80, Seq: seq, Ack: ack, Flags: flags}, pt.Payload(text)))
	}
	back := func(seq, ack uint32, flags string, text []byte) {
		q.frames = append(q.frames, pt.Frame(pt.VXLAN{VNI: 100, Back: true}, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, pt.IPv4{Src: "10.2.0.9", Dst: from},
			pt.TCP{Src: 80, Dst: port, Seq: seq, Ack: ack, Flags: flags}, pt.Bytes(text)))
	}
	answer := make([]byte, len(idleAnswer)+1024)
	copy(answer, idleAnswer)
	asked, answered := uint32(101+len(idleRequest)), uint32(501+len(answer))
	forth(100, 0, "S", "")
	back(500, 101, "SA", nil)
	forth(101, 501, "A", "")
	forth(101, 501, "PA", idleRequest)
	back(501, asked, "PA", answer)
	forth(asked, answered, "A", "")
}

// Recv implements pipeline.Queue.
func (q *idlers) Recv(b *pipeline.Batch) error {
	for more := true; more; {
		if len(q.frames) == 0 {
			if q.flow == q.flows {
				return nil
			}
			q.open()
		}
		q.now += 100_000
		more = b.Add(q.frames[0], 1, q.now, pipeline.LinkEthernet)
		q.frames = q.frames[1:]
	}
	return nil
}

// Send implements pipeline.Queue.
func (q *idlers) Send(b *pipeline.Batch) error {
	for i := range b.Len() {
		if b.Packet(i).Forwarded() {
			q.forwarded++
		}
	}
	b.Reset()
	return nil
}

func (*idlers) Headroom() int { return 0 }
func (*idlers) Close() error  { return nil }

// TestIdleFlow holds what an established connection takes after a request and its answer, with
// all that is known of it, to 4 KiB. Some 1,700 come in a second: those that said something
// within the last one still have more than they need.
func TestIdleFlow(t *testing.T) {
	const flows, frames, most = 20_000, 6, 4 << 10
	policies := inspected(t)
	app := appliance.DefaultConfig()
	cfg := app.Pipeline(time.Time{})
	cfg.Flow.Capacity = flows
	before := heap()
	q := &idlers{flows: flows, now: time.Now().UnixNano()}
	worker := pipeline.NewWorker(cfg, q, &policies.Current, quiet{})
	for q.flow < flows || len(q.frames) > 0 {
		if err := worker.Step(); err != nil {
			t.Fatal(err)
		}
	}
	q.frames = nil
	each := (heap() - before) / flows
	c := worker.Counters()
	t.Logf("%d bytes a connection, of %d", each, flows)
	if q.forwarded != flows*frames {
		t.Errorf("forwarded %d of %d packets: %+v", q.forwarded, flows*frames, c.TotalDropped())
	}
	if each > most {
		t.Errorf("%d bytes a connection, want at most %d", each, most)
	}
	runtime.KeepAlive(worker)
}
