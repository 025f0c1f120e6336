package load

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// TestMain also is the process that TestRings starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "serve-rings" {
		stop, signals := make(chan struct{}), make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		go func() { <-signals; close(stop) }()
		if err := ServeRings(stop, [2]string{os.Args[2], os.Args[3]}, SendReady); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
