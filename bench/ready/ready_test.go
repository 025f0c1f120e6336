package ready_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"vxwall/bench/ready"
)

func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	s, err := ready.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Environment(); got != "NOTIFY_SOCKET="+path {
		t.Error(got)
	}
	exited := make(chan struct{})
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Wait(short, exited); err == nil || s.Ready() {
		t.Error("ready before anybody said so")
	}
	gone := make(chan struct{})
	close(gone)
	if err := s.Wait(t.Context(), gone); err == nil {
		t.Error("ready though it has exited")
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, text := range []string{"STATUS=READY=1", "STATUS=up\nREADY=1"} {
		if s.Ready() {
			t.Fatal("a status is no readiness")
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := s.Wait(t.Context(), exited); err != nil || !s.Ready() {
		t.Error(err)
	}
}
