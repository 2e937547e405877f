# What a feed made by feeds.awk must give, worked out anew from the rules as the design writes them:
#
#     mawk -v lane=stream -f reference.awk 1.params 1.csv 2.params 2.csv ...
#
# It shares no code with the program, keeps every event, and looks through all of them each time:
# plainly right, not fast. One line for each figure of the answer, each with the feed's name before
# it; the same lines are made of the program's JSON, and both must be equal.

function least(a, b) { return a < b ? a : b }
function fail(what) { rejected++; return 0 }

# --- reading (S-50, S-62): milliseconds; finer digits are cut off

function days_of(year, month, day,    era, y, doy) {
    y = year - (month <= 2)
    era = int(y / 400)
    doy = int((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
    y -= era * 400
    return era * 146097 + y * 365 + int(y / 4) - int(y / 100) + doy - 719468
}

function time_of(text,    t, offset, n, part, fraction) {
    if (text !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]/)
        return "bad"
    offset = 0
    if (text ~ /\+02:00$/)
        offset = 7200000
    sub(/(Z|\+02:00)$/, "", text)
    n = split(text, part, /[-T:.]/)
    fraction = n > 6 ? substr(part[7] "00", 1, 3) : 0
    t = days_of(part[1], part[2], part[3]) * 86400000 - offset
    t += part[4] * 3600000 + part[5] * 60000 + part[6] * 1000 + fraction
    return t < 0 || t >= 4102444800000 ? "bad" : t
}

function cents_of(text,    whole, rest) {
    if (text !~ /^[0-9]+(\.[0-9]([0-9])?)?$/)
        return 0
    whole = int(text)
    rest = index(text, ".") ? substr(text "0", index(text, ".") + 1, 2) : 0
    return whole * 100 + rest
}

# --- the watermark (S-20, S-21, S-61); NONE stands for minus infinity

function near(a, b) { return a - b <= jump && b - a <= jump }

# Of the far events that still wait, how many stand within J of this one, itself among them?
function company(s, time,    i, n) {
    for (i = 1; i <= far_len[s]; i++)
        n += far[s, i] > newest[s] && near(far[s, i], time)
    return n
}

function advance(s, time,    i, best, all) {
    if (newest[s] != NONE && time > newest[s] + jump) {
        far[s, ++far_len[s]] = time
        best = newest[s]
        for (i = 1; i <= far_len[s]; i++)
            if (far[s, i] > best && company(s, far[s, i]) >= 3)
                best = far[s, i]
        newest[s] = best
    } else if (newest[s] == NONE || time > newest[s])
        newest[s] = time
    all = newest[1] # the least over the sources that are there, with and without events
    for (i = 2; i <= sources; i++)
        all = newest[i] == NONE || all == NONE ? NONE : least(all, newest[i])
    if (all != NONE && (W == NONE || all - delay > W))
        W = all - delay
}

# --- ids (S-40 … S-42): "" goes on, or the outcome

function remembered(time, horizon) { return lane == "batch" || W == NONE || time >= W - horizon }

function remember(id, content, time, horizon) {
    if (!remembered(time, horizon))
        return
    last_time[id, content] = time
    if (!(id in newest_time) || time > newest_time[id])
        newest_time[id] = time
}

function known(id, content, time,    horizon) {
    if (id == "")
        return ""
    horizon = 86400000 < delay + lateness ? delay + lateness : 86400000
    if (policy == "count" && (id, content) in last_time && remembered(last_time[id, content], horizon))
        return "duplicate"
    if (id in newest_time && remembered(newest_time[id], horizon)) {
        if (policy != "count" && first_content[id] == content)
            return "duplicate"
        conflicts++
        if (policy != "count")
            return policy == "first" ? "duplicate" : "rejected"
        remember(id, content, time, horizon)
        return ""
    }
    first_content[id] = content
    delete newest_time[id]
    remember(id, content, time, horizon)
    return ""
}

# --- windows (S-11, S-30): every one that has the event; late is what the last of them says

function windows_of(time, region, cents,    start, end, late, key) {
    for (start = time - time % slide; start > time - size; start -= slide) {
        end = start + size
        if (W != NONE && W >= end + lateness) {
            late = late || start == time - time % slide
            continue
        }
        key = sprintf("%s %.0f", region, start)
        window_count[key]++
        window_sum[key] += cents
        window_revision[key] += W != NONE && W >= end
    }
    return late
}

# --- velocity (S-12, S-73): more than N events of the user in (t - D, t], those of the same moment
# only up to the event itself. Kept is what an event that is not late can still meet; an event that
# comes when it would not be kept itself is not judged.

function velocity(user, time,    i, j, n, due) {
    due = time + lateness + size + within
    if (W != NONE && W >= due)
        return
    notes++
    note_user[notes] = user
    note_time[notes] = time
    note_due[notes] = due
    for (i = 1; i <= notes; i++) {
        if (note_user[i] != user || note_fired[i] || note_gone(i))
            continue
        n = 0
        for (j = 1; j <= notes; j++)
            n += note_user[j] == user && !note_gone(j) && note_time[j] > note_time[i] - within &&
                (note_time[j] < note_time[i] || (note_time[j] == note_time[i] && j <= i))
        if (n > more_than) {
            note_fired[i] = 1
            over++
        }
    }
}
function note_gone(i) { return W != NONE && W >= note_due[i] }

# --- the order of decisions (S-04)

function record(s,    time, cents, outcome, region) {
    read++
    time = time_of($1)
    cents = cents_of($4)
    if (time == "bad" || cents == 0 || ($6 != "sale" && $6 != "test")) {
        rejected++
        return
    }
    if (lane == "stream" && time >= 4070908800000) { # the clock stands before 2099 (S-60)
        future++
        return
    }
    outcome = known($2, sprintf("%.0f", time) "|" $3 "|" cents "|" $5 "|" $6, time)
    if (outcome == "") {
        if ($6 == "test")
            filtered++
        else {
            region = $5 == "" ? "(missing)" : $5
            if (windows_of(time, region, cents))
                late++
            else
                counted++
            group_count[region]++
            group_sum[region] += cents
            large += cents > 900
            velocity($3, time)
        }
        if (lane == "stream")
            advance(s, time)
    }
    duplicate += outcome == "duplicate"
    rejected += outcome == "rejected"
}

# --- the answer

function stamp(ms,    z, era, doe, yoe, doy, mp, year, seconds, text) {
    if (ms == NONE)
        return "null"
    z = int(ms / 86400000) + 719468
    ms -= int(ms / 86400000) * 86400000
    era = int(z / 146097)
    doe = z - era * 146097
    yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
    doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
    mp = int((5 * doy + 2) / 153)
    year = yoe + era * 400 + (mp >= 10)
    seconds = int(ms / 1000)
    text = sprintf("%04d-%02d-%02dT%02d:%02d:%02d", year, mp < 10 ? mp + 3 : mp - 9,
        doy - int((153 * mp + 2) / 5) + 1, int(seconds / 3600), int(seconds / 60) % 60, seconds % 60)
    return text (ms % 1000 ? sprintf(".%03d", ms % 1000) : "") "Z"
}
function money(cents) { return sprintf("%d.%02d", int(cents / 100), cents % 100) }

function answer(    k, part) {
    if (feed == "")
        return
    print feed, "outcomes", read, counted + 0, late + 0, duplicate + 0, filtered + 0, rejected + 0,
        future + 0
    for (k in group_count)
        print feed, "group", k, group_count[k], money(group_sum[k])
    for (k in window_count) {
        split(k, part, " ")
        print feed, "window", stamp(part[2] + 0), stamp(part[2] + size), part[1], window_count[k],
            money(window_sum[k]), window_revision[k]
    }
    print feed, "conflicts", conflicts + 0
    print feed, "alerts", over + 0, large + 0, 0
    if (lane == "stream")
        print feed, "watermark", stamp(W)
}

function begin(    s) {
    read = counted = late = duplicate = filtered = rejected = future = over = large = conflicts = 0
    sources = notes = 0
    W = NONE
    split("", newest); split("", far); split("", far_len)
    split("", first_content); split("", last_time); split("", newest_time)
    split("", group_count); split("", group_sum)
    split("", window_count); split("", window_sum); split("", window_revision)
    split("", note_user); split("", note_time); split("", note_due); split("", note_fired)
}

BEGIN { NONE = "none" }
FNR == 1 && FILENAME ~ /\.params$/ {
    answer()
    begin()
    FS = ","
    feed = FILENAME
    sub(/.*\//, "", feed)
    sub(/\.params/, "", feed)
    split($0, p, " ")
    size = p[1] + 0; slide = p[2] + 0; delay = p[3] + 0; lateness = p[4] + 0; jump = p[5] + 0
    within = p[6] + 0; more_than = p[7] + 0; policy = p[8]; sources = p[9] + 0
    for (s = 1; s <= sources; s++)
        newest[s] = NONE
    next
}
FNR == 1 { next }
{ record(FILENAME ~ /_2\.csv$/ ? 2 : 1) }
END { answer() }
