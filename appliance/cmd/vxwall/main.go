// Command vxwall is a virtual firewall for the inside of cloud networks. Run
// `vxwall --help` for its subcommands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// version is set when the program is linked, see Makefile.
var version = "unknown"

// Exit statuses.
const (
	exitGood    = 0
	exitProblem = 1 // something is wrong with rules, captures, files
	exitUsage   = 2 // the command line is wrong
)

// env is what the program uses of the process it runs in.
type env struct {
	ctx            context.Context // ends what takes long
	stdout, stderr io.Writer
	now            func() time.Time
	terminal       bool // stderr is a terminal: show progress
}

// errProblem ends a command with exitProblem that has said itself what is
// wrong.
var errProblem = errors.New("problem found")

// usageError is a wrong command line that only the command could find out.
type usageError struct{ error }

// cli is the command line; one field per subcommand, see the files named so.
type cli struct {
	Check    checkCmd    `cmd:"" help:"Check rule files: every problem at its line and column, and the policy's own asserts."`
	Replay   replayCmd   `cmd:"" help:"Put a capture through the policy: verdicts, events, and a capture of what was forwarded."`
	Explain  explainCmd  `cmd:"" help:"Say why a flow, or a packet of a capture, is allowed or dropped."`
	Run      runCmd      `cmd:"" help:"Run the firewall between two ports, or as a VTEP, as the configuration says."`
	Status   statusCmd   `cmd:"" help:"Say how the running vxwall is doing; what is wrong stands first."`
	Flows    flowsCmd    `cmd:"" help:"List live flows of the running vxwall."`
	Drops    dropsCmd    `cmd:"" help:"Say what the running vxwall dropped, and why."`
	Bindings bindingsCmd `cmd:"" help:"Say who is behind which VTEP, as the underlay guard of the running vxwall knows it."`
	FDB      fdbCmd      `cmd:"" name:"fdb" help:"Say behind which VTEP each MAC address is, in vtep mode."`
	Top      topCmd      `cmd:"" help:"Show live what the running vxwall does: rates, talkers, drops, flows and why they pass or not."`
	Rules    rulesCmd    `cmd:"" help:"List, explain, import and try signatures."`
	AV       avCmd       `cmd:"" name:"av" help:"Judge files by anti-virus."`
	Reload   reloadCmd   `cmd:"" help:"Have the running vxwall read its rules again."`
	Detach   detachCmd   `cmd:"" help:"Take the XDP program off the ports that a stopped vxwall left there."`
	Doctor   doctorCmd   `cmd:"" help:"Say what is wrong with this machine, its ports and the network behind them, and which command mends it."`
	Lab      labCmd      `cmd:"" help:"Build a small overlay network out of network namespaces with vxwall in its wire, to see it work."`
	Bench    benchCmd    `cmd:"" help:"Measure throughput and latency between network namespaces, beside other systems."`
	Version  versionCmd  `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

const description = `A virtual firewall for the inside of cloud networks: it takes VXLAN packets
apart and judges what is inside by the rules of your segments.

Exit status: 0 good, 1 problem found, 2 wrong use.`

func main() { os.Exit(runProcess()) }

// runProcess runs the program on the process's own arguments and files. A first
// signal ends a command in good order, a second one at once.
func runProcess() int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	context.AfterFunc(ctx, release)
	return run(os.Args[1:], env{
		ctx: ctx, stdout: os.Stdout, stderr: os.Stderr, now: time.Now,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
	})
}

// run runs the program and returns its exit status.
func run(args []string, e env) int {
	var c cli
	ended := false
	parser, err := kong.New(&c, kong.Name("vxwall"), kong.Description(description), kong.Vars{"version": "vxwall " + version, "config": defaultConfig},
		kong.Writers(e.stdout, e.stderr), kong.Exit(func(int) { ended = true }), kong.Help(helpWithExamples),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		fmt.Fprintln(e.stderr, "vxwall:", err)
		return exitUsage
	}
	if len(args) == 0 || args[0] == "help" {
		args = append(args[min(1, len(args)):], "--help")
	}
	ctx, err := parser.Parse(args)
	if ended { // --help or --version was printed
		return exitGood
	}
	if err != nil {
		return e.usage(explainUsage(err, args), commandOf(args))
	}
	return e.status(ctx.Run(&e), ctx.Command())
}

// status reports a command's error and returns the exit status.
func (e *env) status(err error, command string) int {
	var usage usageError
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &usage):
		return e.usage(err, strings.Fields(command)[0])
	case !errors.Is(err, errProblem):
		fmt.Fprintln(e.stderr, "vxwall:", err)
	}
	return exitProblem
}

func (e *env) usage(err error, command string) int {
	fmt.Fprintf(e.stderr, "vxwall: %v\nSee `vxwall %s--help`.\n", err, command+strings.Repeat(" ", min(1, len(command))))
	return exitUsage
}

// explainUsage makes the parser's errors those of a person: it says what the
// commands are if the arguments begin with none, and that a value is missing.
func explainUsage(err error, args []string) error {
	if flag, rest, ok := strings.Cut(err.Error(), ": expected "); ok && strings.HasSuffix(rest, "(<EOL>)") {
		return fmt.Errorf("%s: its value is missing", flag)
	}
	if commandOf(args) != "" || strings.HasPrefix(args[0], "-") {
		return err
	}
	return fmt.Errorf("unknown command %q: expected one of %s", args[0], strings.Join(slices.Sorted(maps.Keys(examples)), ", "))
}

// commandOf returns the subcommand that the arguments begin with, "" if none.
func commandOf(args []string) string {
	if len(args) > 0 && examples[args[0]] != "" {
		return args[0]
	}
	return ""
}

// helpWithExamples prints kong's help, then the examples of the subcommand.
func helpWithExamples(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if node := ctx.Selected(); node != nil {
		fmt.Fprintf(ctx.Stdout, "\nExamples:\n%s", examplesOf(node))
	}
	return nil
}

// examplesOf returns the examples of a subcommand, or of one below lab, bench, rules or av.
func examplesOf(node *kong.Node) string {
	switch node.Parent.Name {
	case "lab":
		return labSubExamples[node.Name]
	case "bench":
		return benchSubExamples[node.Name]
	case "rules":
		return rulesSubExamples[node.Name]
	case "av":
		return avSubExamples[node.Name]
	}
	return examples[node.Name]
}

// examples are the examples of each subcommand, indented by two.
var examples = map[string]string{
	"check":    checkExamples,
	"replay":   replayExamples,
	"explain":  explainExamples,
	"run":      runExamples,
	"status":   statusExamples,
	"flows":    flowsExamples,
	"drops":    dropsExamples,
	"bindings": bindingsExamples,
	"fdb":      fdbExamples,
	"top":      topExamples,
	"rules":    rulesExamples,
	"reload":   reloadExamples,
	"detach":   detachExamples,
	"doctor":   doctorExamples,
	"lab":      labExamples,
	"bench":    benchExamples,
	"version":  "  vxwall version\n",
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, "vxwall", version)
	return err
}
