-- What `pinfold-operator plan` says of every live document and of every pin log that is old: does and why.
-- The views come from views.duckdb.sql or views.spark.sql. The names of the parts are those of the Rust code.
-- It judges and moves nothing, and it knows none of the refusals of a run: a plan that is carried out is made by the program.
WITH
-- documents.rs, changed(): a blob without a body is never active.
items AS (
  SELECT
    id,
    bytes,
    CASE WHEN kind = 'blob' AND body_mtime IS NULL THEN NULL
         ELSE greatest(body_mtime, metadata_mtime, activity_mtime) END AS changed,
    greatest(body_mtime, body_atime, body_ctime, metadata_mtime, metadata_atime, metadata_ctime,
             activity_mtime, activity_atime, activity_ctime) AS touched
  FROM channels
  WHERE body_mtime IS NOT NULL OR metadata_mtime IS NOT NULL OR activity_mtime IS NOT NULL
),
visited AS (
  SELECT DISTINCT pins.n
  FROM pins JOIN items ON items.id = pins.id CROSS JOIN settings
  WHERE pins.pinned AND items.changed > settings.inactive_before
),
-- wanted.rs, standing().
standings AS (
  SELECT
    accounts.n,
    accounts.key,
    accounts.bytes,
    accounts.doubtful,
    CASE WHEN settings.account_before IS NULL THEN 'kept'
         WHEN accounts.latest > settings.account_before OR accounts.premium OR visited.n IS NOT NULL THEN 'kept'
         WHEN accounts.kind = 'team' THEN 'old-team'
         ELSE 'inactive' END AS standing
  FROM accounts CROSS JOIN settings LEFT JOIN visited ON visited.n = accounts.n
),
inactive AS (SELECT DISTINCT key FROM standings WHERE standing = 'inactive'),
old AS (SELECT DISTINCT key FROM standings WHERE standing <> 'kept'),
-- wanted.rs, wanted(): what is in a doubtful log, in that of an old team, or in a file that is no pin log, all of it.
doubted AS (
  SELECT DISTINCT pins.id
  FROM pins LEFT JOIN standings ON standings.n = pins.n
  WHERE pins.n IS NULL OR standings.doubtful OR standings.standing = 'old-team'
),
pinned AS (
  SELECT DISTINCT pins.id
  FROM pins JOIN standings ON standings.n = pins.n
  WHERE pins.pinned AND standings.standing = 'kept'
),
beginnings AS (
  SELECT DISTINCT cuts.beginning
  FROM cuts LEFT JOIN standings ON standings.n = cuts.n
  WHERE cuts.n IS NULL OR standings.doubtful OR standings.standing = 'old-team'
),
torn AS (
  SELECT DISTINCT items.id
  FROM items JOIN beginnings ON substr(items.id, 1, length(beginnings.beginning)) = beginnings.beginning
),
put_back AS (SELECT DISTINCT id FROM restored),
-- verdict.rs, judge().
judged AS (
  SELECT
    items.id,
    items.bytes,
    CASE WHEN pinned.id IS NOT NULL THEN 'pinned'
         WHEN doubted.id IS NOT NULL THEN 'doubtful'
         WHEN torn.id IS NOT NULL THEN 'cut'
         WHEN items.changed IS NULL THEN 'lone'
         WHEN items.changed > settings.now THEN 'future'
         WHEN items.changed < settings.earliest THEN 'no-time'
         WHEN items.changed > settings.inactive_before THEN 'changed'
         WHEN items.touched > settings.spared_after THEN 'spared'
         WHEN put_back.id IS NOT NULL THEN 'restored' END AS keep
  FROM items CROSS JOIN settings
  LEFT JOIN pinned ON pinned.id = items.id
  LEFT JOIN doubted ON doubted.id = items.id
  LEFT JOIN torn ON torn.id = items.id
  LEFT JOIN put_back ON put_back.id = items.id
  UNION ALL
  SELECT
    standings.key AS id,
    standings.bytes,
    CASE WHEN standings.doubtful OR inactive.key IS NULL THEN 'doubtful' END AS keep
  FROM standings JOIN old ON old.key = standings.key LEFT JOIN inactive ON inactive.key = standings.key
),
-- waits.rs: two complete walks, a day apart, both an hour after the mark.
first_walks AS (
  SELECT marks.target, min(walks.n) AS n
  FROM marks JOIN walks ON walks.began >= marks.since + 3600000
  GROUP BY marks.target
),
walked AS (
  SELECT DISTINCT first_walks.target
  FROM first_walks
  JOIN walks AS older ON older.n = first_walks.n
  JOIN walks AS newer ON newer.n > older.n AND newer.began >= older.ended + 86400000
),
-- plan.rs: every account that ever named it, the inactive ones left out, has to report after the mark.
unreported AS (
  SELECT DISTINCT pins.id
  FROM pins
  JOIN standings ON standings.n = pins.n
  LEFT JOIN inactive ON inactive.key = standings.key
  LEFT JOIN marks ON marks.target = pins.id
  LEFT JOIN reports ON reports.key = standings.key
  WHERE inactive.key IS NULL AND NOT coalesce(reports.at > marks.since, FALSE)
)
SELECT
  judged.id,
  CASE WHEN judged.keep IS NOT NULL THEN 'keep'
       WHEN marks.since IS NULL
         OR marks.since > settings.now OR marks.since + settings.marked_for > settings.now
         OR walked.target IS NULL OR unreported.id IS NOT NULL THEN 'wait'
       ELSE 'take' END AS does,
  CASE WHEN judged.keep IS NOT NULL THEN judged.keep
       WHEN marks.since IS NULL THEN 'mark'
       WHEN marks.since > settings.now OR marks.since + settings.marked_for > settings.now THEN 'until'
       WHEN walked.target IS NULL THEN 'walk'
       WHEN unreported.id IS NOT NULL THEN 'accounts'
       ELSE 'INACTIVE' END AS why,
  judged.bytes
FROM judged CROSS JOIN settings
LEFT JOIN marks ON marks.target = judged.id
LEFT JOIN walked ON walked.target = judged.id
LEFT JOIN unreported ON unreported.id = judged.id
ORDER BY judged.id
