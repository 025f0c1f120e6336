package appliance

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"vxwall/appliance/underlay"
)

// probed is a box whose health can be asked for, at an address.
func probed(t *testing.T) (b *box, s *still, address string) {
	t.Helper()
	address = freeAddress(t)
	b, s = vtepBox(t)
	b.daemon.Config.Health.Listen = address
	return b.start(), s, address
}

// freeAddress is one that nobody listens at just now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// healthy says whether a probe gets its answer.
func healthy(address string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/anything", nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode == http.StatusOK && string(body) == "ok\n"
}

// TestHealth: the port is open while the data plane works, and closed while not.
func TestHealth(t *testing.T) {
	b, s, address := probed(t)
	good := func() bool { return healthy(address) }
	refused := func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			c.Close()
		}
		return err != nil
	}
	b.wait("health", good)
	b.link.queues[0].hang.Lock() // the worker hangs
	b.wait("a closed port", refused)
	b.link.queues[0].hang.Unlock()
	b.wait("health again", good)
	s.cfg.Publish(&underlay.State{})
	b.wait("a closed port without peers", refused)
	s.cfg.Publish(vtepState())
	b.wait("health at last", good)
	if err := b.stop(); err != nil || !refused() {
		t.Error("open after the end", err)
	}
}

// TestHealthCrowd: those who connect and do not ask are sent away when others come, and
// keep no probe from its answer.
func TestHealthCrowd(t *testing.T) {
	address := freeAddress(t)
	r := &running{Daemon: &Daemon{}}
	r.Config.Health.Listen = address
	server, err := r.serveHealth() // not by a daemon: on a busy machine its workers may be late, and the port closed
	if err != nil {
		t.Fatal(err)
	}
	defer r.helpers.Wait()
	defer server.Close()
	var first net.Conn
	for i := range 3 * maxProbers {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			t.Fatal(i, err)
		}
		defer c.Close()
		if first == nil {
			first = c
		}
	}
	if !healthy(address) {
		t.Error("a probe has no answer")
	}
	_ = first.SetReadDeadline(time.Now().Add(healthTimeout / 2))
	if _, err := first.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the first is still there: %v", err)
	}
}

func isTimeout(err error) bool {
	of, ok := err.(net.Error)
	return ok && of.Timeout()
}
