package appliance

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"vxwall/appliance/eve"
	"vxwall/pipeline"
	"vxwall/rules/suricata"
)

// openLog opens the event log, if one is wanted. The function it returns
// closes it and notes in the result how much was written.
func (r *Replay) openLog(policies *Policies) (pipeline.Observer, func(*Result) error, error) {
	if r.EVE == "" {
		return discard{}, func(*Result) error { return nil }, nil
	}
	out, closeFile, err := openOutput(r.EVE, r.Stdout)
	if err != nil {
		return nil, nil, err
	}
	writer := eve.NewWriter(eve.Config{
		Out: out, Path: r.EVE, Policies: policies, Capture: true, Wait: true, Ring: r.Config.Events.Buffer,
		LongIPv6: r.LongIPv6, Payload: r.Payload || r.Config.Events.Payload, Classes: r.classes(),
	}, 1)
	return writer.Log(0), func(result *Result) error {
		err := errors.Join(writer.Close(), closeFile())
		result.Events, result.Lost = writer.Written(), writer.Lost()
		return err
	}, nil
}

// classes are what classtypes mean, as the quick look or the policy says.
func (r *Replay) classes() map[string]suricata.Class {
	if r.Classes == nil && r.Policy.Set.Env != nil {
		return r.Policy.Set.Env.Classes
	}
	return r.Classes
}

// checkOutputs refuses outputs that would overwrite what is read, or another
// output, before any of them is touched.
func (r *Replay) checkOutputs() error {
	if r.EVE == "-" && (r.Out == "-" || r.Answers == "-") {
		return errors.New("write events: standard output takes a capture already (expected a file)")
	}
	for _, file := range r.Policy.Set.Files {
		for _, capture := range []string{r.Out, r.Answers} {
			if sameFile(capture, file) {
				return fmt.Errorf("write packets to %s: it is a rule file (expected another file)", capture)
			}
		}
	}
	if r.EVE == "" || r.EVE == "-" {
		return nil
	}
	used := map[string]string{r.In: "the capture that is read", r.Out: "named for packets, too", r.Answers: "named for answers, too"}
	for _, file := range r.Policy.Set.Files {
		used[file] = "a rule file"
	}
	for file, use := range used {
		if sameFile(r.EVE, file) {
			return fmt.Errorf("write events to %s: it is %s (expected another file)", r.EVE, use)
		}
	}
	return checkWritable(r.EVE)
}

// checkWritable says whether a file can be opened for writing, and leaves it as
// it is.
func checkWritable(path string) error {
	info, err := os.Stat(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil // a pipe or a device: to open it may already do something
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return eventsError(path, err)
	}
	err = f.Close()
	if isNew {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// eventsError names the file once, and why it cannot be written.
func eventsError(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return fmt.Errorf("write events to %s: %w", path, err)
}

// sameFile says whether two paths are one file, or would be if they existed.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
	}
	return filepath.Clean(a) == filepath.Clean(b)
}

// openOutput opens an event log for writing, "-" for standard output.
func openOutput(path string, stdout io.Writer) (io.Writer, func() error, error) {
	if path == "-" {
		return stdout, func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, eventsError(path, err)
	}
	return f, f.Close, nil
}
