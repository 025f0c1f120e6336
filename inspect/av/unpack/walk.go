package unpack

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Limits bound a Walk.
type Limits struct {
	Depth   int           // containers within containers
	Members int           // of all containers
	Size    int64         // bytes of all members, unpacked
	Ratio   int64         // of the size of a member to that of its container, beyond a MiB
	Time    time.Duration // for all
}

// DefaultLimits are those where nothing else is wanted.
var DefaultLimits = Limits{Depth: 20, Members: 10_000, Size: 256 << 20, Ratio: 500, Time: 5 * time.Second}

// Outcome is how a walk ended.
type Outcome uint8

// The outcomes, from the harmless to the worst. A broken member does not keep the walk
// from what comes after it.
const (
	Complete Outcome = iota
	Broken
	Encrypted
	OverLimit
	Stopped // by the visitor
)

// Result is how a walk ended.
type Result struct {
	Outcome Outcome
	Detail  string // which limit or member
}

// Member is a file in a container.
type Member struct {
	Name  string // as the container has it, with those of the containers before it
	Depth int    // 1 for those of the file itself
	Data  []byte // borrowed until the visitor returns
}

// Visitor is shown each member, and says whether to stop.
type Visitor func(m *Member) (stop bool)

// Walk shows all members of a file to a visitor. The file is not shown itself.
func Walk(file []byte, limits Limits, visit Visitor) (result Result) {
	w := &walker{limits: limits, visit: visit, deadline: time.Now().Add(limits.Time), left: limits.Size}
	err := w.open(file, "", 0)
	switch {
	case errors.Is(err, errStop):
		return Result{Outcome: Stopped}
	case errors.Is(err, errLimit):
		return Result{Outcome: OverLimit, Detail: err.Error()}
	case err != nil:
		w.broken("", err)
	}
	return w.worst
}

type walker struct {
	limits   Limits
	visit    Visitor
	deadline time.Time
	left     int64 // bytes that may still be unpacked
	members  int
	worst    Result
}

var (
	errStop  = errors.New("stopped")
	errLimit = errors.New("over the limit")
)

func limit(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), errLimit)
}

// final says whether an error ends the walk, not only a member.
func final(err error) bool { return errors.Is(err, errStop) || errors.Is(err, errLimit) }

// broken notes a member that could not be read.
func (w *walker) broken(name string, err error) {
	w.note(Result{Outcome: Broken, Detail: fmt.Sprintf("%s: %v", name, err)})
}

func (w *walker) note(r Result) {
	if r.Outcome > w.worst.Outcome {
		w.worst = r
	}
}

// open shows the members of a container; of any other file there are none.
func (w *walker) open(data []byte, name string, depth int) (err error) {
	open := opener(data)
	if open == nil {
		return nil
	}
	if depth >= w.limits.Depth {
		return limit("containers nested deeper than %d", w.limits.Depth)
	}
	// Decoders of others meet hostile bytes here: a panic of one is a broken file.
	defer func() {
		if p := recover(); p != nil {
			w.broken(name, fmt.Errorf("decoder failed: %v", p))
		}
	}()
	return open(&container{walker: w, data: data, name: name, depth: depth})
}

// container is a file with members.
type container struct {
	*walker
	data  []byte
	name  string
	depth int
}

// member reads a member to its end, shows it and goes into it. An error ends the walk.
func (c *container) member(name string, in io.Reader) error {
	data, err := c.read(in)
	if final(err) {
		return err
	}
	if err != nil {
		c.broken(c.path(name), err)
	}
	return c.show(name, data)
}

// show shows a member that is there as a whole, and goes into it.
func (c *container) show(name string, data []byte) error {
	if c.members++; c.members > c.limits.Members {
		return limit("more than %d members", c.limits.Members)
	}
	m := Member{Name: c.path(name), Depth: c.depth + 1, Data: data}
	if len(data) > 0 && c.visit(&m) {
		return errStop
	}
	if time.Now().After(c.deadline) {
		return limit("longer than %v", c.limits.Time)
	}
	return c.walker.open(data, m.Name, c.depth+1)
}

// encrypted notes a member that cannot be read.
func (c *container) encrypted(name string) {
	c.note(Result{Outcome: Encrypted, Detail: c.path(name)})
}

func (c *container) path(name string) string {
	if len(name) > 255 {
		name = name[:255]
	}
	if c.name == "" {
		return name
	}
	return c.name + "/" + name
}

// read reads a member, as far as limits allow. With an error that is not final, what
// came before is returned.
func (c *container) read(in io.Reader) ([]byte, error) {
	var data []byte
	block := make([]byte, 32<<10)
	for {
		n, err := in.Read(block)
		if c.left -= int64(n); c.left < 0 {
			return nil, limit("more than %d bytes unpacked", c.limits.Size)
		}
		data = append(data, block[:n]...)
		if len(data) > 1<<20 && int64(len(data))/int64(len(c.data)) > c.limits.Ratio {
			return nil, limit("a member more than %d times as long as its container", c.limits.Ratio)
		}
		if time.Now().After(c.deadline) {
			return nil, limit("longer than %v", c.limits.Time)
		}
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return data, err
		}
	}
}
