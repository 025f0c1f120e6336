package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"vxwall/bench/ready"
)

// Setup is how vxwall runs in the wall, or elsewhere in the lab.
type Setup struct {
	Place  Place          // where it runs, "" for the wall; somewhere else Plain has to be in the wall
	Binary string         // of vxwall
	Policy string         // its rules, a TOML text
	Config map[string]any // over the lab's own configuration; keys as in "datapath.offload"
	Daemon bool           // it outlives this process: it runs until the lab goes
}

// Appliance is vxwall in the wall. Its methods are for one goroutine.
type Appliance struct {
	lab    *Lab
	setup  Setup
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
	err    error         // how it ended
}

const (
	readyTime = 20 * time.Second // an appliance that is not ready by then never will be
	stopTime  = 10 * time.Second // one that has not stopped by then is killed
)

// Start writes the appliance's files, runs vxwall and waits until it says that it is
// ready.
func (l *Lab) Start(ctx context.Context, s Setup) (*Appliance, error) {
	a := &Appliance{lab: l, setup: s}
	if err := a.writeConfig(); err != nil {
		return nil, fmt.Errorf("start appliance: %w", err)
	}
	if err := a.SetPolicy(s.Policy); err != nil {
		return nil, fmt.Errorf("start appliance: %w", err)
	}
	if err := a.run(ctx); err != nil {
		return nil, fmt.Errorf("start appliance: %w", err)
	}
	if !s.Daemon {
		l.atDown(a.end)
	}
	return a, l.forgetNeighbors()
}

// run runs the process until it is ready.
func (a *Appliance) run(ctx context.Context) error {
	notify, err := ready.Listen(a.lab.file("notify"))
	if err != nil {
		return err
	}
	defer notify.Close()
	log, err := os.OpenFile(a.lab.file(logFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer log.Close()
	a.cmd = a.lab.Command(context.Background(), cmp.Or(a.setup.Place, Wall), a.setup.Binary, "run", "--config", a.lab.file(configFile))
	a.cmd.Env = append(os.Environ(), notify.Environment())
	a.cmd.Stdout, a.cmd.Stderr = log, log
	a.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for us, who then stop it
	if err := a.cmd.Start(); err != nil {
		return fmt.Errorf("run vxwall: %w", err)
	}
	a.exited = make(chan struct{})
	go func() {
		a.err = a.cmd.Wait()
		close(a.exited)
	}()
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	if err := notify.Wait(ctx, a.exited); err != nil {
		return errors.Join(fmt.Errorf("%w; its log ends with:\n%s", err, a.lab.LogTail()), a.end())
	}
	return nil
}

// PID is the process id of vxwall.
func (a *Appliance) PID() int { return a.cmd.Process.Pid }

// Exited is closed when the process has ended.
func (a *Appliance) Exited() <-chan struct{} { return a.exited }

// Kill sends the process a signal; of one that ends it, it awaits the end.
func (a *Appliance) Kill(sig syscall.Signal) error {
	if err := a.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("send %v to appliance: %w", sig, err)
	}
	if sig == syscall.SIGKILL {
		<-a.exited
	}
	return nil
}

// Stop ends the process in good order. The error is that of its exit status, or
// that it had to be killed.
func (a *Appliance) Stop() error {
	select {
	case <-a.exited:
		return nil
	default:
	}
	a.cmd.Process.Signal(syscall.SIGCONT) // it may have been stopped; one that has ended already is fine
	a.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-a.exited:
		if a.err != nil {
			return fmt.Errorf("stop appliance: %w; its log ends with:\n%s", a.err, a.lab.LogTail())
		}
		return nil
	case <-time.After(stopTime):
		a.cmd.Process.Kill()
		<-a.exited
		return fmt.Errorf("stop appliance: it did not end within %v; its log ends with:\n%s", stopTime, a.lab.LogTail())
	}
}

// end ends the process anyhow: for Down, where how it ends is no matter.
func (a *Appliance) end() error {
	a.Stop()
	return nil
}

// Restart runs vxwall again, after it was stopped or killed or in place of the
// running one.
func (a *Appliance) Restart(ctx context.Context) error {
	if err := a.Stop(); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	if err := a.run(ctx); err != nil {
		return fmt.Errorf("restart appliance: %w", err)
	}
	return nil
}

// Vxwall runs a client command of vxwall, such as status, against the appliance
// and returns what it printed. The error has its standard error.
func (a *Appliance) Vxwall(ctx context.Context, args ...string) (string, error) {
	return a.lab.Client(ctx, a.setup.Binary, args...)
}

// Client is Appliance.Vxwall for an appliance that another process started.
func (l *Lab) Client(ctx context.Context, binary string, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, binary, append(args, "--socket", l.Socket())...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("run vxwall %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
