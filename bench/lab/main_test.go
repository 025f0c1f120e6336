package lab_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "run" {
		standIn(os.Args[3])
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "down" {
		os.Exit(down(os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}

// down is this test binary as a process that removes a lab.
func down(name string) int {
	l, err := lab.Find(name)
	if err == nil {
		err = l.Down()
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// workloads are those that begin a conversation in a test: one of each VNI, one
// of each side.
var workloads = []lab.Place{lab.Left100, lab.Right200}

// families are IPv4 and IPv6, as the field Six of traffic.
var families = map[string]bool{"IPv4": false, "IPv6": true}

// plain builds a lab whose wall is a wire.
func plain(t *testing.T, o lab.Options) *lab.Lab {
	t.Helper()
	l := labtest.ForTest(t, o)
	if _, err := l.Plain(); err != nil {
		t.Fatal(err)
	}
	return l
}

func wantPing(t *testing.T, l *lab.Lab, p lab.Ping) {
	t.Helper()
	p.Timeout = 5 * time.Second
	got, err := l.Ping(t.Context(), p)
	if err != nil || got.Lost() > 0 || got.Duplicates > 0 {
		t.Errorf("%+v: %v, %d duplicates, %v", p, got, got.Duplicates, err)
	}
}

func wantTransfer(t *testing.T, l *lab.Lab, tr lab.Transfer) {
	t.Helper()
	got, err := l.Transfer(t.Context(), tr)
	if err != nil || !got.Intact() {
		t.Errorf("%+v: %v, %v", tr, got, err)
	}
	t.Logf("%+v: %v", tr, got)
}
