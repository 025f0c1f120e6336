package load

import (
	"fmt"
	"net"
)

// notifyReady says to a socket (package ready) that this process is ready. Without
// one nobody wants to know.
func notifyReady(path string) error {
	if path == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("READY=1")); err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	return nil
}
