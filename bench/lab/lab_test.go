package lab_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// TestTraffic sends all kinds of traffic over each kind of underlay.
func TestTraffic(t *testing.T) {
	for name, o := range map[string]lab.Options{
		"IPv4":       {Underlay: lab.IPv4},
		"IPv6":       {Underlay: lab.IPv6},
		"mixed, GBP": {Underlay: lab.Mixed, GBP: true},
		"two queues": {Queues: 2, Threaded: true},
		"exact":      {Exact: true},
		"small MTU":  {MTU: 1400, Underlay: lab.Mixed},
	} {
		t.Run(name, func(t *testing.T) {
			l := plain(t, o)
			for _, from := range workloads {
				for family, six := range families {
					t.Run(fmt.Sprint(from, " ", family), func(t *testing.T) { exchange(t, l, from, six) })
				}
			}
		})
	}
}

// exchange pings with small, full-sized and fragmented packets, transfers a
// file and streams, both ways.
func exchange(t *testing.T, l *lab.Lab, from lab.Place, six bool) {
	for _, size := range []int{0, l.InnerMTU(from.VNI()), 4000} {
		wantPing(t, l, lab.Ping{From: from, Six: six, Size: size})
	}
	for _, place := range []lab.Place{from, from.Peer()} {
		wantTransfer(t, l, lab.Transfer{From: place, Six: six, Bytes: 4 << 20})
	}
}

func TestUpDownLeavesNothing(t *testing.T) {
	labtest.NeedRoot(t)
	o := lab.Options{Name: fmt.Sprintf("updown-%d", os.Getpid()), Queues: 2, GBP: true, Exact: true}
	var before []string
	for i := range 4 {
		l, err := lab.Up(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Plain(); err != nil {
			t.Error(err)
		}
		wantPing(t, l, lab.Ping{From: lab.Left100, Count: 1})
		stream, err := l.Stream(t.Context(), lab.Stream{From: lab.Right200})
		if err != nil {
			t.Error(err)
		}
		capture, err := l.Capture(lab.Left, "", nil)
		if err != nil {
			t.Error(err)
		}
		if err := errors.Join(l.Down(), l.Down()); err != nil {
			t.Error(err)
		}
		stream.Stop()
		capture.Stop()
		if now := belongings(t, o.Name); i == 0 {
			before = now // the first lab opened what the process keeps, such as the poller
		} else if !slices.Equal(now, before) {
			t.Errorf("round %d left\n%s\nbefore\n%s", i, strings.Join(now, "\n"), strings.Join(before, "\n"))
		}
	}
	if _, err := lab.Find(o.Name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found after Down: %v", err)
	}
}

// belongings lists what a lab of a name may leave behind: namespaces, mounts,
// files, network interfaces of this namespace, open files of this process.
func belongings(t *testing.T, name string) (list []string) {
	for _, dir := range []string{"/run/netns", "/run/vxwall-lab", "/sys/class/net"} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		for _, e := range entries {
			if dir == "/sys/class/net" || strings.HasPrefix(e.Name(), name) {
				list = append(list, dir+"/"+e.Name())
			}
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, name) {
			list = append(list, line)
		}
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Error(err)
	}
	return append(list, fmt.Sprintf("%d open files", len(files)))
}

// TestFindRemovesWhatACrashLeft: another Lab of the same name, as another
// process has it, knows the options and removes everything, also half a lab.
func TestFindRemovesWhatACrashLeft(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{GBP: true, Underlay: lab.Mixed})
	if _, err := lab.Up(t.Context(), l.Options); !errors.Is(err, lab.ErrExists) {
		t.Errorf("second of the name: %v", err)
	}
	found, err := lab.Find(l.Name)
	if err != nil || found.Options != l.Options {
		t.Fatalf("found %+v, %v; want %+v", found, err, l.Options)
	}
	if names, err := lab.Labs(); err != nil || !slices.Contains(names, l.Name) {
		t.Errorf("labs are %v, %v", names, err)
	}
	if err := os.RemoveAll(l.Dir() + "/lab.json"); err != nil {
		t.Error(err)
	}
	found, err = lab.Find(l.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := found.Down(); err != nil {
		t.Error(err)
	}
	if list := belongings(t, l.Name); len(list) > 0 && strings.Contains(strings.Join(list, "\n"), l.Name) {
		t.Errorf("left: %s", list)
	}
}

func TestUpThatFailsLeavesNothing(t *testing.T) {
	labtest.NeedRoot(t)
	name := fmt.Sprintf("failed-%d", os.Getpid())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lab.Up(ctx, lab.Options{Name: name}); !errors.Is(err, context.Canceled) {
		t.Errorf("built though canceled: %v", err)
	}
	if list := strings.Join(belongings(t, name), "\n"); strings.Contains(list, name) {
		t.Errorf("left: %s", list)
	}
	for _, o := range []lab.Options{{Name: ""}, {Name: "../x"}, {Name: "x", MTU: 100}, {Name: "x", MTU: 1 << 16}, {Name: "x", Queues: 1000}} {
		if _, err := lab.Up(t.Context(), o); err == nil {
			t.Errorf("built %+v", o)
		}
	}
}

func TestCommandRunsInItsNamespace(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{VTEP: true})
	for _, p := range lab.Places {
		out, err := l.Command(t.Context(), p, "readlink", "/proc/self/ns/net").Output()
		if err != nil {
			t.Fatal(err)
		}
		var inside string
		err = l.In(p, func() (err error) {
			inside, err = os.Readlink("/proc/thread-self/ns/net")
			return err
		})
		if err != nil || strings.TrimSpace(string(out)) != inside {
			t.Errorf("%s: command in %s, function in %s, %v", p, out, inside, err)
		}
	}
	outside, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // no thread that was inside runs anything else
		err := l.In(lab.Wall, func() error { return nil })
		if now, _ := os.Readlink("/proc/thread-self/ns/net"); now != outside || err != nil {
			t.Fatalf("polluted thread: %s, %v", now, err)
		}
	}
	if err := l.In(lab.Wall, func() error { runtime.Goexit(); return nil }); err == nil {
		t.Error("no error for a function that ends its goroutine")
	}
}
