package draft

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// RemarkMost is the length of the longest remark, in characters.
const RemarkMost = 2000

// AskReview asks the committee to read a revision. Asking again takes the place of what was asked, or answered, before. A revision that is not kept, or was kept aside, is NotFound.
func (b *Book) AskReview(ctx context.Context, slug string, n int, by, remark string) error {
	return b.review(ctx, slug, by, remark, func(tx *db.Tx, s state, was reviewRow, asked bool) (int, bool, error) {
		list, err := selectRevisions(tx, s)
		if err == nil && !slices.ContainsFunc(list, func(r Revision) bool { return r.N == n && !r.Aside }) {
			err = errNone
		}
		return n, false, err
	})
}

// SendBack answers a review: the draft needs more work, and the remark says what. Where none was asked for it is a fault of kind Conflict.
func (b *Book) SendBack(ctx context.Context, slug, by, remark string) error {
	return b.review(ctx, slug, by, remark, func(tx *db.Tx, s state, was reviewRow, asked bool) (int, bool, error) {
		if !asked {
			return 0, false, errReview
		}
		return was.N, true, nil
	})
}

func (b *Book) review(ctx context.Context, slug, by, remark string, about func(tx *db.Tx, s state, was reviewRow, asked bool) (n int, back bool, err error)) error {
	remark = strings.TrimSpace(remark)
	if utf8.RuneCountInString(remark) > RemarkMost || !utf8.ValidString(remark) {
		return errRemark
	}
	box, err := b.key(ctx)
	if err != nil {
		return err
	}
	var refused error
	err = b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		refused = nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return err
		}
		s, found, err := selectState(tx, slug)
		if err != nil {
			return err
		}
		was, asked, err := selectReview(tx, slug)
		if err != nil {
			return err
		}
		n, back := 0, false
		if err = errNone; found {
			n, back, err = about(tx, s, was, asked && !was.back)
		}
		if fault.Of(err) != nil {
			refused = err
			return nil
		}
		if err == nil {
			_, err = tx.Exec(putReviewSQL, slug, n, by, box.Seal(remarkPurpose(slug), []byte(remark)), hours(b.Now()), one(back))
		}
		return err
	})
	if err == nil {
		return refused
	}
	return fault.In("draft", err)
}

// Reviews are all that wait for somebody to read, the oldest first. Whose cases they are of is the organisers' own to say.
func (b *Book) Reviews(ctx context.Context) (list []Review, err error) {
	box, err := b.key(ctx)
	if err != nil {
		return nil, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		rows, err := selectReviews(tx)
		for i := range rows {
			list = append(list, rows[i].open(box))
		}
		return err
	})
	slices.SortStableFunc(list, func(x, y Review) int { return cmp.Or(x.Made.Compare(y.Made), strings.Compare(x.Slug, y.Slug)) })
	return list, fault.In("draft", err)
}
