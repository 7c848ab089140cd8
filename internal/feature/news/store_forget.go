package news

const (
	forgetNewsSQL    = `DELETE FROM news WHERE casefile = $1`
	forgetExportsSQL = `DELETE FROM news_export WHERE casefile = $1`
	forgetKeysSQL    = `DELETE FROM news_key WHERE casefile = $1`
	forgetDrillSQL   = `DELETE FROM news_drill WHERE casefile = $1`
)
