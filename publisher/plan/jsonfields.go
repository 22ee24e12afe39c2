package plan

import "github.com/lockstep-apiops/lockstep/gateway"

func fromKey(k gateway.Key) keyFile { return keyFile{k.Kind, k.Names()} }

func toKey(k keyFile) gateway.Key {
	if k.Kind == "" {
		return gateway.Key{}
	}
	return gateway.NewKey(k.Kind, k.Names...)
}

func fromChange(c gateway.Change) changeFile { return changeFile(c) }

func toChange(c changeFile) gateway.Change { return gateway.Change(c) }

func fromAction(a Action) actionFile {
	return actionFile{
		Op: a.Op, Stage: a.Stage, Key: fromKey(a.Key), Changes: each(a.Changes, fromChange), Depends: a.Depends,
		ETag: a.ETag, Have: a.HaveDigest, Want: a.WantDigest, Cascades: each(a.Cascades, fromKey), Note: a.Note,
	}
}

func toAction(a actionFile) Action {
	return Action{
		Op: a.Op, Stage: a.Stage, Key: toKey(a.Key), Changes: each(a.Changes, toChange), Depends: a.Depends,
		ETag: a.ETag, HaveDigest: a.Have, WantDigest: a.Want, Cascades: each(a.Cascades, toKey), Note: a.Note,
	}
}

func fromConflict(c Conflict) conflictFile {
	return conflictFile{fromAction(c.Action), each(c.Gateway, fromChange), each(c.Git, fromChange)}
}

func toConflict(c conflictFile) Conflict {
	return Conflict{toAction(c.Action), each(c.Gateway, toChange), each(c.Git, toChange)}
}

func fromProblem(p Problem) problemFile {
	f := problemFile{Severity: p.Severity, Text: p.Text}
	if !p.Key.IsZero() {
		k := fromKey(p.Key)
		f.Key = &k
	}
	return f
}

func toProblem(p problemFile) Problem {
	out := Problem{Severity: p.Severity, Text: p.Text}
	if p.Key != nil {
		out.Key = toKey(*p.Key)
	}
	return out
}
