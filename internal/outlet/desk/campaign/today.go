package campaign

import (
	"context"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/outlet/desk"
)

const (
	staleDays  = 40 // since a page was compared with its sources
	soonDays   = 14 // before a deadline
	backupDays = 7  // since a backup
)

// today is what there is to do about the committee's campaigns.
func (o *room) today(ctx context.Context, v *desk.Visit) (list []desk.Task, err error) {
	all, err := o.once(ctx, v, true)
	if err != nil {
		return nil, err
	}
	now := o.day()
	may := func(a organiser.Act) bool { return organiser.May(v.Role, a) }
	for _, s := range all {
		list = append(list, s.tasks(now, may)...)
	}
	if o.Backup != nil && may(organiser.Settings) && len(all) > 0 {
		switch day, err := casefile.ParseDate(o.Backup()); {
		case err != nil:
			list = append(list, desk.Task{Key: "desk.campaign.today.no_backup", Path: desk.Root + "/settings", Weight: 32})
		case between(day, now) > backupDays:
			list = append(list, desk.Task{Key: "desk.campaign.today.backup", N: between(day, now), Path: desk.Root + "/settings", Weight: 31})
		}
	}
	return list, nil
}

// tasks are those of one campaign, for who may do them.
func (s *standing) tasks(now casefile.Date, may func(organiser.Act) bool) (list []desk.Task) {
	name := s.name()
	add := func(a organiser.Act, t desk.Task) {
		if may(a) {
			t.Args = append(t.Args, "Name", name)
			list = append(list, t)
		}
	}
	if s.damaged {
		add(organiser.Look, desk.Task{Key: "desk.campaign.today.damaged", Path: s.path("/history"), Weight: 80})
		return list
	}
	if s.clashing > 0 {
		add(organiser.Edit, desk.Task{Key: "desk.campaign.today.clash", Path: s.path("/changes"), Weight: 65})
	}
	if !s.public {
		if s.next != nil && !s.gone {
			add(s.next.act, desk.Task{Key: "desk.campaign.today.next." + s.next.key, Path: s.next.path, Weight: 40})
		}
		return list
	}
	switch {
	case s.paused && !s.proven:
		add(organiser.Edit, desk.Task{Key: "desk.campaign.today.mail", Path: mailPath, Weight: 70})
	case s.paused:
		add(organiser.Publish, desk.Task{Key: "desk.campaign.today.next.open", Path: s.path("/open"), Weight: 45})
	case s.next != nil && s.next.key == "second":
		add(organiser.Invite, desk.Task{Key: "desk.campaign.today.next.second", Path: s.next.path, Weight: 35})
	}
	for _, g := range s.c.Grounds(now) {
		switch g.State {
		case casefile.GroundDue:
			add(organiser.Edit, desk.Task{Key: "desk.campaign.today.ground", Path: s.path("/ground"), Weight: 60})
		case casefile.GroundLapsed:
			if g.Why == casefile.ReasonWithdrawn { // somebody knows
				continue
			}
			add(organiser.Edit, desk.Task{Key: "desk.campaign.today.lapsed", Path: s.path("/ground"), Weight: 85})
		default:
			continue
		}
		break
	}
	if at, days, is := s.nearest(now); is {
		add(organiser.Edit, desk.Task{Key: "desk.campaign.today.deadline", N: max(days, 1), Path: s.path("/case"), Weight: 50, Due: at.String()})
	}
	if checked := s.c.Case.Checked; checked != (casefile.Date{}) && between(checked, now) >= staleDays {
		add(organiser.Edit, desk.Task{Key: "desk.campaign.today.stale", N: between(checked, now), Path: s.path("/publish"), Weight: 30})
	}
	return list
}

// nearest is the next hearing or deadline of the case within two weeks.
func (s *standing) nearest(now casefile.Date) (at casefile.Date, days int, is bool) {
	stand := s.c.Stand(casefile.AsOf{Day: now})
	look := func(d casefile.Date) {
		if d.Whole() && between(now, d) >= 0 && between(now, d) <= soonDays && (!is || d.Compare(at) < 0) {
			at, days, is = d, between(now, d), true
		}
	}
	for _, e := range stand.Next {
		look(e.When.Date.From)
	}
	for _, d := range stand.Deadlines {
		if !d.Passed {
			look(d.On)
		}
	}
	return at, days, is
}

// between is the number of days from one to another.
func between(from, to casefile.Date) int {
	t := func(d casefile.Date) time.Time {
		return time.Date(d.Year, time.Month(d.Month), max(d.Day, 1), 0, 0, 0, 0, time.UTC)
	}
	return int(t(to).Sub(t(from)).Hours() / 24)
}
