package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// Client asks a running vxwall.
type Client struct {
	socket string
	http   http.Client
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 20

// patience is how long an answer may take. A reload of a large policy takes its time,
// and so does a search through millions of flows; all else is there at once, and who
// asks a vxwall that hangs wants to know it soon.
func patience(path string) time.Duration {
	switch path {
	case "/v1/reload":
		return 2 * time.Minute
	case "/v1/flows", "/v1/flow":
		return 40 * time.Second
	}
	return 10 * time.Second
}

// NewClient returns a client of the vxwall behind a socket. It connects when it
// is used first.
func NewClient(socket string) *Client {
	c := &Client{socket: socket}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}
	c.http = http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	return c
}

// Status asks how the appliance is doing.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.ask(ctx, http.MethodGet, "/v1/status", nil, &s)
}

// Flows asks for live flows.
func (c *Client) Flows(ctx context.Context, q *FlowQuery) (f Flows, err error) {
	return f, c.ask(ctx, http.MethodGet, "/v1/flows", q.Values(), &f)
}

// Bindings asks what the underlay guard holds against packets.
func (c *Client) Bindings(ctx context.Context, q *BindingQuery) (b Bindings, err error) {
	return b, c.ask(ctx, http.MethodGet, "/v1/bindings", q.Values(), &b)
}

// Forget has the bindings of a query's host forgotten: with a VNI those of a
// workload, without one those of a VTEP.
func (c *Client) Forget(ctx context.Context, q *BindingQuery) (f Forgotten, err error) {
	return f, c.ask(ctx, http.MethodPost, "/v1/bindings/forget", q.Values(), &f)
}

// FDB asks where MAC addresses are, of a VTEP.
func (c *Client) FDB(ctx context.Context, q *FDBQuery) (f FDB, err error) {
	return f, c.ask(ctx, http.MethodGet, "/v1/fdb", q.Values(), &f)
}

// Flow asks for a live flow, and why it passes or not.
func (c *Client) Flow(ctx context.Context, id uint64) (f FlowReport, err error) {
	return f, c.ask(ctx, http.MethodGet, "/v1/flow", url.Values{"id": {strconv.FormatUint(id, 10)}}, &f)
}

// Drops asks for the most recent drops, at most limit, and newer than a cursor
// of an earlier answer, "" for any.
func (c *Client) Drops(ctx context.Context, limit int, since string) (d Drops, err error) {
	q := url.Values{"limit": {strconv.Itoa(limit)}}
	if since != "" {
		q.Set("since", since)
	}
	return d, c.ask(ctx, http.MethodGet, "/v1/drops", q, &d)
}

// Reload has the rules read again and waits for the result. It is no error if
// they were refused: see Reload.Good.
func (c *Client) Reload(ctx context.Context) (r Reload, err error) {
	return r, c.ask(ctx, http.MethodPost, "/v1/reload", nil, &r)
}

func (c *Client) ask(ctx context.Context, method, path string, query url.Values, into any) error {
	target := url.URL{Scheme: "http", Host: "vxwall", Path: path, RawQuery: query.Encode()}
	ctx, cancel := context.WithTimeout(ctx, patience(path))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), nil)
	if err != nil {
		return fmt.Errorf("ask vxwall: %w", err)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return c.explain(err, path)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return c.explain(err, path)
	}
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusUnprocessableEntity {
		return refusal(answer, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read answer of vxwall at %s: %w", c.socket, err)
	}
	return nil
}

// refusal is the error that an answer tells.
func refusal(answer *http.Response, body []byte) error {
	var told struct{ Error string }
	if json.Unmarshal(body, &told) == nil && told.Error != "" {
		return errors.New(told.Error)
	}
	return fmt.Errorf("ask vxwall: it answers %s", answer.Status)
}

// explain says why vxwall cannot be asked, and what helps.
func (c *Client) explain(err error, path string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("connect to %s: vxwall is not running there (start it with `vxwall run`, or name its socket with --socket PATH)", c.socket)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("connect to %s: permission denied (%s)", c.socket, c.whoMay())
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("ask vxwall at %s: no answer in %v: it hangs, or the machine is very busy", c.socket, patience(path))
	}
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("ask vxwall at %s: %w", c.socket, err)
}

// whoMay says who may use the socket.
func (c *Client) whoMay() string {
	info, err := os.Stat(c.socket)
	if err != nil {
		return "ask as root"
	}
	group := "root"
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode()&0o060 == 0o060 {
		group = strconv.Itoa(int(stat.Gid))
		if g, err := user.LookupGroupId(group); err == nil {
			group = g.Name
		}
	}
	if group == "root" {
		return "ask as root"
	}
	return fmt.Sprintf("ask as root or as a member of group %s", group)
}
