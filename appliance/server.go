package appliance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// served is a listener that is to be served.
type served struct {
	net.Listener
	handler func() http.Handler
}

// server is an HTTP server at work.
type server struct {
	http *http.Server
	done chan struct{}
}

// Limits of the servers. Who may speak to them is trusted to ask, not to be able
// to program.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 5 * time.Minute // a reload of a large policy takes its time
	maxHeader    = 16 << 10
	maxBody      = 64 << 10
	maxClients   = 64 // of a server at a time
	stopServers  = time.Second
)

// serve answers what comes to a listener until close.
func (r *running) serve(l net.Listener, h http.Handler) *server {
	s := &server{done: make(chan struct{}), http: &http.Server{
		Handler: http.MaxBytesHandler(r.whileRunning(h), maxBody), MaxHeaderBytes: maxHeader,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: readTimeout,
		ErrorLog: log.New(&rarely{log: r.Log}, "", 0), ConnState: limitClients(),
	}}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			r.Log.Error("requests are not answered any more", "address", l.Addr().String(), "error", err)
		}
	}()
	return s
}

// limitClients closes connections beyond maxClients as they come: whoever reaches
// the address must not take all file descriptors.
func limitClients() func(net.Conn, http.ConnState) {
	var clients atomic.Int32
	return func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			if clients.Add(1) > maxClients {
				c.Close()
			}
		case http.StateClosed, http.StateHijacked:
			clients.Add(-1)
		}
	}
}

// whileRunning refuses requests once the daemon stops: what they look at is going.
func (r *running) whileRunning(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.answering.RLock()
		defer r.answering.RUnlock()
		select {
		case <-r.quit:
			refuse(w, http.StatusServiceUnavailable, errStopping)
		default:
			h.ServeHTTP(w, q)
		}
	})
}

var errStopping = errors.New("vxwall is stopping")

// close gives requests that are being answered a moment.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopServers)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-s.done
	return err
}

// rarely logs the lines of a server's own log, at most one a minute.
type rarely struct {
	log  *slog.Logger
	next time.Time // the server's log locks
}

func (l *rarely) Write(line []byte) (int, error) {
	if now := time.Now(); now.After(l.next) {
		l.next = now.Add(time.Minute)
		l.log.Warn("trouble with a request", "error", string(line[:max(0, len(line)-1)]))
	}
	return len(line), nil
}

// listenAdmin opens the admin socket, before anything of a vxwall that already
// runs could be disturbed.
func (r *running) listenAdmin() error {
	c := &r.Config.Admin
	gid, err := groupID(c.Group)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Socket, err)
	}
	mode, _ := c.permissions()
	l, err := listenUnix(c.Socket, fs.FileMode(mode), gid)
	if of := new(net.OpError); errors.As(err, &of) {
		err = of.Err // without the path, which is named already
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Socket, err)
	}
	r.listeners = append(r.listeners, served{held{l}, r.adminHandler})
	r.cleanup(l.Close)
	return nil
}

// held is a listener that a server stops to use, and does not close: the socket is
// taken until the daemon has ended.
type held struct{ *net.UnixListener }

// Close makes Accept return.
func (l held) Close() error { return l.SetDeadline(time.Unix(1, 0)) }

// listenUnix listens on a socket for its owner and a group. The socket of a
// process that is gone is replaced.
func listenUnix(path string, mode fs.FileMode, gid int) (*net.UnixListener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, errors.New("another vxwall is running there (stop it, or set another socket under [admin])")
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if err := removeSocket(path); err != nil {
			return nil, err
		}
	}
	old := syscall.Umask(0o177) // nobody else may connect before the group is set
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
	syscall.Umask(old)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.Chown(path, -1, gid), os.Chmod(path, mode)); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// removeSocket removes what nobody listens on, if it is a socket.
func removeSocket(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is a file that is no socket (remove it, or set another socket under [admin])")
	}
	return os.Remove(path)
}

// groupID finds a group by its name or number.
func groupID(group string) (int, error) {
	if g, err := user.LookupGroup(group); err == nil {
		group = g.Gid
	}
	gid, err := strconv.ParseUint(group, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("there is no group %q (expected one of this machine, see group under [admin])", group)
	}
	return int(gid), nil
}
