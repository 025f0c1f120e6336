package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Web is one HTTP request from a workload to its peer, which answers every request.
type Web struct {
	From    Place
	Six     bool
	Path    string        // with its slash
	Pieces  int           // TCP segments that the request is cut into, at least; 0 means 1
	Timeout time.Duration // for all of it; 0 means three seconds
}

// webPort is where the peer's server listens.
const webPort = 8080

// Ask makes a request and returns the answer's status. A connection that was reset gives
// syscall.ECONNRESET, one that could not be made the errors of Transfer.
func (l *Lab) Ask(ctx context.Context, w Web) (status string, err error) {
	if w.Timeout == 0 {
		w.Timeout = 3 * time.Second
	}
	listener, err := l.listen(ctx, w.From.Peer(), Transfer{Six: w.Six, Port: webPort})
	if err != nil {
		return "", fmt.Errorf("serve at %s: %w", w.From.Peer(), err)
	}
	server := http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(out, "hello from %s\n", w.From.Peer())
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() { server.Close(); <-served }()
	conn, err := l.dial(ctx, &w, listener.Addr().String())
	if err != nil {
		return "", fmt.Errorf("connect from %s to %s: %w", w.From, listener.Addr(), err)
	}
	defer conn.Close()
	return w.exchange(conn)
}

// dial connects from the workload.
func (l *Lab) dial(ctx context.Context, w *Web, to string) (conn net.Conn, err error) {
	err = l.In(w.From, func() (err error) {
		d := net.Dialer{Timeout: w.Timeout, LocalAddr: &net.TCPAddr{IP: w.From.Addr(w.Six).AsSlice()}}
		conn, err = d.DialContext(ctx, "tcp", to)
		return err
	})
	var cause net.Error
	if errors.As(err, &cause) && cause.Timeout() {
		err = fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return conn, err
}

// exchange sends the request, in as many writes as it is to have pieces, and reads the
// answer. Each write is a segment: Go turns Nagle's algorithm off.
func (w *Web) exchange(conn net.Conn) (string, error) {
	if err := conn.SetDeadline(time.Now().Add(w.Timeout)); err != nil {
		return "", err
	}
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", w.Path, w.From.Peer())
	size := max(1, len(request)/max(1, w.Pieces))
	for len(request) > 0 {
		n := min(size, len(request))
		if _, err := io.WriteString(conn, request[:n]); err != nil {
			return "", err
		}
		request = request[n:]
		time.Sleep(time.Millisecond)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.Status, err
}
