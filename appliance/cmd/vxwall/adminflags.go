package main

import (
	"encoding/json"
	"errors"
	"io/fs"

	"vxwall/appliance"
	"vxwall/appliance/admin"
)

// adminFlags are the flags of commands that speak to a running vxwall.
type adminFlags struct {
	Socket string `placeholder:"PATH" help:"Admin socket of the running vxwall (default: the configuration's)."`
	Config string `placeholder:"FILE" help:"Configuration file (default: ${config})."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// client returns a client of the vxwall that the flags name.
func (f *adminFlags) client(e *env) (*admin.Client, error) {
	if f.Socket != "" {
		return admin.NewClient(f.Socket), nil
	}
	path := f.Config
	if path == "" {
		path = defaultConfig
	}
	cfg, problems, err := appliance.LoadConfig(path, appliance.DefaultConfig())
	switch {
	case f.Config == "" && errors.Is(err, fs.ErrNotExist):
		cfg = appliance.DefaultConfig()
	case err != nil:
		return nil, err
	case len(problems) > 0:
		return nil, showProblems(e, problems, "the configuration cannot be used (name the socket with --socket PATH)")
	}
	return admin.NewClient(cfg.Admin.Socket), nil
}

// printJSON prints an answer as it is in the API, but for people.
func printJSON(e *env, answer any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(answer)
}
