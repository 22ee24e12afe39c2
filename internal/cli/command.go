package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
)

// secretsNote is the annotation of a command under which help finds its secrets.
const secretsNote = "secrets"

// usageEnd follows each command's usage.
const usageEnd = `{{with index .Annotations "` + secretsNote + `"}}
Secrets, in the environment only:
{{.}}{{end}}
` + exitHelp + "\n"

// AddSettings gives a command its settings: a flag and a line of help for each, and completion for those with choices.
// The command reads them by set.Resolve(cmd.Flags(), sys.Environ).
func AddSettings(cmd *cobra.Command, set *config.Set) error {
	cmd.Flags().SortFlags = false // the tables put first what most people need, and products last
	set.AddFlags(cmd.Flags())
	var secrets strings.Builder
	for _, row := range set.Settings() {
		switch {
		case row.Secret:
			fmt.Fprintf(&secrets, "  %s   %s\n", strings.Join(row.EnvNames(), ", "), row.Usage)
		case len(row.Choices) > 0:
			if err := cmd.RegisterFlagCompletionFunc(row.Name, cobra.FixedCompletions(row.Choices, cobra.ShellCompDirectiveNoFileComp)); err != nil {
				return fmt.Errorf("add setting %q: %w", row.Name, err)
			}
		}
	}
	if secrets.Len() > 0 {
		if cmd.Annotations == nil {
			cmd.Annotations = make(map[string]string)
		}
		cmd.Annotations[secretsNote] = secrets.String()
	}
	return nil
}

// prepare gives the commands of a program what all programs share.
func prepare(root *cobra.Command, sys System) {
	args := config.Arguments(flagOf(root), sys.Args)
	root.SetArgs(append([]string{}, args...)) // never nil: cobra would take the process's
	root.SetIn(sys.Stdin)
	root.SetOut(sys.Stdout)
	root.SetErr(sys.Stderr)
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.Version = ThisBuild().String()
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(root.UsageTemplate() + usageEnd)
	root.InitDefaultCompletionCmd(sys.Args...)
	prepareCommand(root)
}

// flagOf returns what finds the flag that a name, or a dash and a letter, means to any of a program's commands. A flag
// that several of them have means the same to all.
func flagOf(root *cobra.Command) func(string) *pflag.Flag {
	var find func(cmd *cobra.Command, name string) *pflag.Flag
	find = func(cmd *cobra.Command, name string) *pflag.Flag {
		flag := cmd.Flags().Lookup(name)
		if letter, short := strings.CutPrefix(name, "-"); short && len(letter) == 1 {
			flag = cmd.Flags().ShorthandLookup(letter)
		}
		for _, c := range cmd.Commands() {
			if flag == nil {
				flag = find(c, name)
			}
		}
		return flag
	}
	return func(name string) *pflag.Flag { return find(root, name) }
}

// prepareCommand makes a command and those below it refuse arguments they have no use for, and marks as wrong usage
// what is refused before the command's own code runs.
func prepareCommand(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		prepareCommand(c)
	}
	if !cmd.Runnable() {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	accepts := cmd.Args
	if accepts == nil {
		accepts = noArgs
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := accepts(cmd, args); err != nil {
			return &Error{Code: ExitUsage, Err: err}
		}
		return nil
	}
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
			return &Error{Code: ExitUsage, Err: err}
		}
		if before == nil {
			return nil
		}
		return before(cmd, args)
	}
}

// noArgs refuses any argument. Where there are commands to choose from the argument was meant to be one.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if len(names) == 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return fmt.Errorf("unknown command %q%s", args[0], nearest.Hint(args[0], names))
}

// flagError says which flag is wrong, and which was meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		name := unknown.GetSpecifiedName()
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		slices.Sort(names)
		err = fmt.Errorf("unknown flag --%s%s", name, nearest.Hint("--"+name, names))
	}
	return &Error{Code: ExitUsage, Err: err}
}
