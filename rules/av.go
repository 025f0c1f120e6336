package rules

import (
	"strconv"
	"strings"
	"time"
)

// avDraft is an [[av]] before its files are looked for.
type avDraft struct {
	AV
	at        place // of the name
	databases []ref
	engineSet bool
	badClamd  bool
	used      bool
}

// What holds where a profile does not say otherwise.
const (
	defaultMaxSize = 32 << 20
	defaultMaxHold = 5 * time.Second
)

const (
	wantFileAction = `"block", "alert" or "allow"`
	wantSize       = `a size such as "32MiB"`
)

var avSchema = schema[avDraft]{
	title: "[[av]]",
	fields: []field[avDraft]{
		{key: "name", want: `a name, such as "files"`, required: true, read: func(d *decoder, v value, a *avDraft) {
			a.at = v.at()
			d.name(v, &a.Name)
		}},
		{key: "mode", want: `"enforce" or "monitor"`, read: func(d *decoder, v value, a *avDraft) { choose(d, v, modes, &a.Mode) }},
		{key: "engine", want: `"embedded", "clamd" or "both"`, read: func(d *decoder, v value, a *avDraft) {
			a.engineSet = true
			choose(d, v, fileEngines, &a.Engine)
		}},
		{key: "databases", want: `a list of files and directories, such as ["/var/lib/clamav"]; they stand beside this file unless they begin with /`,
			read: func(d *decoder, v value, a *avDraft) { d.nameOrList(v, &a.databases) }},
		{key: "clamd", want: `clamd's address, such as "unix:/run/clamav/clamd.ctl" or "tcp:127.0.0.1:3310"`, read: readClamd},
		{key: "protocols", want: `a list of application protocols, such as ["http"]; without the key: all that carry files`, read: readFileProtocols},
		{key: "directions", want: `a list of "upload" and "download"; without the key: both`, read: readDirections},
		{key: "max-size", want: wantSize, read: func(d *decoder, v value, a *avDraft) { d.size(v, &a.MaxSize) }},
		{key: "max-hold", want: `a time such as "5s"`, read: readHold},
		{key: "infected", want: wantFileAction, read: fileAction(func(a *avDraft) *FileAction { return &a.Infected })},
		{key: "suspicious", want: wantFileAction, read: fileAction(func(a *avDraft) *FileAction { return &a.Suspicious })},
		{key: "encrypted", want: wantFileAction, read: fileAction(func(a *avDraft) *FileAction { return &a.Encrypted })},
		{key: "over-limit", want: wantFileAction, read: fileAction(func(a *avDraft) *FileAction { return &a.OverLimit })},
		{key: "part", want: wantFileAction, read: fileAction(func(a *avDraft) *FileAction { return &a.Part })},
		{key: "error", want: wantFileAction, read: fileAction(func(a *avDraft) *FileAction { return &a.Error })},
		{key: "except", want: "tables [[av.except]]", read: func(d *decoder, v value, a *avDraft) {
			subtables(d, v, &a.Exceptions, (*decoder).fileException)
		}},
		{key: "description", want: "text", read: func(d *decoder, v value, a *avDraft) { d.description(v, &a.Description) }},
	},
}

var fileActions = []choice[FileAction]{{"block", FileBlock}, {"alert", FileAlert}, {"allow", FileAllow}}

var fileEngines = []choice[FileEngine]{{"embedded", EngineEmbedded}, {"clamd", EngineClamd}, {"both", EngineBoth}}

// fileProtocols are those that carry files.
var fileProtocols = []choice[string]{{"http", "http"}, {"smtp", "smtp"}}

func (d *decoder) av(v value) avDraft {
	a := avDraft{at: v.at(), AV: AV{
		Upload: true, Download: true, MaxSize: defaultMaxSize, MaxHold: defaultMaxHold,
		Encrypted: FileAlert, OverLimit: FileAlert, Part: FileAlert, Error: FileAlert, Suspicious: FileAlert,
	}}
	readTable(d, v, &avSchema, &a)
	a.Pos = a.at.pos()
	d.chooseEngine(&a)
	return a
}

// chooseEngine finds the engine where none is named, and what it lacks.
func (d *decoder) chooseEngine(a *avDraft) {
	if a.badClamd {
		return
	}
	if !a.engineSet {
		switch embedded, clamd := len(a.databases) > 0, a.Clamd != ""; {
		case embedded && clamd:
			a.Engine = EngineBoth
		case clamd:
			a.Engine = EngineClamd
		}
	}
	if a.Engine != EngineClamd && len(a.databases) == 0 {
		d.errorf(a.at, `profile %q has no databases: expected "databases", or "clamd" for files to be judged by clamd`, a.Name)
	}
	if a.Engine != EngineEmbedded && a.Clamd == "" {
		d.errorf(a.at, `profile %q has no clamd: expected its address, such as clamd = "unix:/run/clamav/clamd.ctl"`, a.Name)
	}
}

func fileAction(of func(*avDraft) *FileAction) func(*decoder, value, *avDraft) {
	return func(d *decoder, v value, a *avDraft) { choose(d, v, fileActions, of(a)) }
}

func readClamd(d *decoder, v value, a *avDraft) {
	text, ok := d.text(v)
	if !ok {
		return
	}
	network, rest, _ := strings.Cut(text, ":")
	if network == "unix" && strings.HasPrefix(rest, "/") || network == "tcp" && rest != "" {
		a.Clamd = text
		return
	}
	a.badClamd = true
	d.errorf(v.at(), "bad %s %q: expected %s", v.key, text, v.want)
}

func readFileProtocols(d *decoder, v value, a *avDraft) {
	d.elements(v, func(e value) {
		var name string
		if choose(d, e, fileProtocols, &name) {
			a.Protocols = append(a.Protocols, name)
		}
	})
}

func readDirections(d *decoder, v value, a *avDraft) {
	a.Upload, a.Download = false, false
	d.elements(v, func(e value) {
		up := false
		if !choose(d, e, []choice[bool]{{"upload", true}, {"download", false}}, &up) {
			return
		}
		a.Upload, a.Download = a.Upload || up, a.Download || !up
	})
}

func readHold(d *decoder, v value, a *avDraft) {
	text, ok := d.text(v)
	if !ok {
		return
	}
	hold, err := time.ParseDuration(text)
	if err != nil || hold <= 0 || hold > time.Minute {
		d.errorf(v.at(), `bad %s %q: expected a time such as "5s", at most "1m"`, v.key, text)
		return
	}
	a.MaxHold = hold
}

// size reads a number of bytes.
func (d *decoder) size(v value, to *int64) {
	text, ok := d.text(v)
	if !ok {
		return
	}
	number, shift := text, 0
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if rest, found := strings.CutSuffix(text, unit); found {
			number, shift = rest, 10*(i+1)
		}
	}
	n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 32)
	if err != nil || n == 0 || n<<shift > 1<<30 {
		d.errorf(v.at(), `bad %s %q: expected a size such as "32MiB", at most "1GiB"`, v.key, text)
		return
	}
	*to = int64(n << shift)
}

var exceptionSchema = schema[FileException]{
	title: "[[av.except]]",
	fields: []field[FileException]{
		{key: "signature", want: `the name of what is found, such as "Win.Test.EICAR_HDB-1"`, read: func(d *decoder, v value, e *FileException) {
			e.Signature, _ = d.text(v)
		}},
		{key: "file", want: `the name of files, such as "*.iso"`, read: func(d *decoder, v value, e *FileException) { e.File, _ = d.text(v) }},
		{key: "reason", want: "text: why", required: true, read: func(d *decoder, v value, e *FileException) { d.description(v, &e.Reason) }},
		{key: "expires", want: "a date-time with offset and without quotes, such as 2027-01-01T00:00:00Z", read: func(d *decoder, v value, e *FileException) {
			e.Expires, _ = d.expires(v, "the exception no longer holds")
		}},
	},
}

func (d *decoder) fileException(v value) FileException {
	var e FileException
	readTable(d, v, &exceptionSchema, &e)
	if e.Signature == "" && e.File == "" {
		d.errorf(v.at(), `an exception without "signature" and "file" would let all pass: expected one of them`)
	}
	return e
}
