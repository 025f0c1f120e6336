package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// TestDetachRunning: the program of a vxwall that runs stays where it is.
func TestDetachRunning(t *testing.T) {
	dir := t.TempDir()
	socket, config := filepath.Join(dir, "s"), filepath.Join(dir, "vxwall.toml")
	text := fmt.Sprintf("[datapath]\nports = [\"eth1\", \"eth2\"]\npin = \"\"\n[admin]\nsocket = %q\n", socket)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"pid": 4711, "ports": [{"name": "eth1"}, {"name": "eth2"}]}`)
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	for want, c := range map[string]detachCmd{
		"vxwall runs on eth1 (pid 4711): stop it first":            {Config: config},
		"vxwall runs on eth2 (pid 4711): stop it first":            {Config: config, Port: []string{"eth2"}},
		"detach eth3: no such interface in this network namespace": {Config: config, Port: []string{"eth3"}},
	} {
		var stdout bytes.Buffer
		err := c.Run(&env{ctx: context.Background(), stdout: &stdout})
		if fmt.Sprint(err) != want || (err == nil) != (stdout.Len() > 0) {
			t.Errorf("%v %q, want %s", err, &stdout, want)
		}
	}
}
