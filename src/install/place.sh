# shellcheck shell=sh disable=SC2154
# Part of install.sh: moves everything into place, and takes that back if a step fails.

BASH_COMPLETION=/usr/local/share/bash-completion/completions/heroku
ZSH_COMPLETION=/usr/local/share/zsh/site-functions/_heroku
STARTUP_FILES='/etc/bash.bashrc /etc/bashrc /etc/bash/bashrc /etc/zsh/zshrc /etc/zshrc'
GIT_KEY=credential.https://git.heroku.com.helper
GIT_HELPER="$BIN/heroku-login git-credential"
GIT_URL_KEY=url.https://git.heroku.com.insteadOf
GIT_URL=http://git.heroku.com

replaced_paths='' created_dirs=''

place_files() {
  if exists "$BIN/heroku" && ! grep -q 'dev container Feature heroku-cli' "$BIN/heroku" 2>/dev/null; then
    case $(readlink "$BIN/heroku") in
      *node_modules/*) say "replaced npm's heroku at $BIN/heroku. If npm ever uninstalls its heroku, it deletes this one too; to prevent that, before installing this Feature, run: npm uninstall --global heroku" ;;
      *) say "replaced another heroku at $BIN/heroku" ;;
    esac
  fi
  place "$cli" "$CLI"
  place "$scratch/heroku-login" "$LOGIN"
  if [ "$completion" = true ]; then
    place "$scratch/completion.bash" "$BASH_COMPLETION"
    place "$scratch/completion.zsh" "$ZSH_COMPLETION"
  else
    # Of an earlier installation with other options.
    for _file in "$BASH_COMPLETION" "$ZSH_COMPLETION"; do
      ! grep -q "$CLI/autocomplete" "$_file" 2>/dev/null || set_aside "$_file"
    done
  fi
  place "$scratch/bin/heroku" "$BIN/heroku"
  place "$scratch/bin/heroku-login" "$BIN/heroku-login"
  # In every image: docker's settings can outlive a container that had the option containerRegistry, and
  # settings that name a missing helper stop builds of docker-compose 1 (docker/compose#7777).
  place "$scratch/bin/docker-credential-heroku-login" "$BIN/docker-credential-heroku-login"
}

# place NEW TARGET: moves NEW to TARGET, and what was there aside.
place() {
  make_folder "${2%/*}"
  set_aside "$2"
  mv "$1" "$2" || fail "could not install $2" "Is the disk full?"
}

# set_aside TARGET: keeps what is there, if anything, until all is done.
set_aside() {
  if exists "$1"; then
    mv "$1" "$(backup_path "$1")" || fail "could not back up $1" "Is the file system read-only?"
  fi
  replaced_paths=$1$newline$replaced_paths
}

# make_folder PATH: creates the folder and those it is in, if they are missing.
make_folder() {
  [ ! -d "$1" ] || return 0
  make_folder "${1%/*}"
  ensure "could not create $1" mkdir "$1"
  created_dirs=$1$newline$created_dirs
}

backup_path() { printf '%s/backup/%s' "$scratch" "$(printf '%s' "$1" | tr / -)"; }

# What the trap runs: ends the installation with its exit code, and the image is as it was.
undo() {
  _code=$?
  trap - EXIT
  # A process in the background would write into the scratch folder while it is removed.
  wait
  set -f
  IFS=$newline
  for _path in $replaced_paths; do
    rm -rf "${_path:?}"
    _backup=$(backup_path "$_path")
    ! exists "$_backup" || mv "$_backup" "$_path"
  done
  [ -z "$scratch" ] || rm -rf "$scratch"
  # One that is not empty stays: something else put a file into it.
  for _path in $created_dirs; do rmdir "$_path" 2>/dev/null; done
  exit "$_code"
}

# Adds our lines to what every interactive bash and zsh reads, in the place that its distribution chose.
# Only to files that are there: dpkg would stop at one of ours when it installs the shell later. Only the
# content changes, so owner, mode and links stay.
edit_shell_startup_files() {
  _from='# >>> dev container Feature heroku-cli >>>'
  _to='# <<< dev container Feature heroku-cli <<<'
  for _file in $STARTUP_FILES; do
    [ -f "$_file" ] || continue
    _file=$(readlink -f "$_file")
    # The same file by another name: its backup is what it was before.
    case $newline$replaced_paths in *"$newline$_file$newline"*) continue ;; esac
    ensure "could not back up $_file" cp -p "$_file" "$(backup_path "$_file")"
    without_our_lines "$_file" >"$scratch/startup" || fail "could not read $_file" "The line above says why."
    # Its last line may lack an end.
    [ -z "$(tail -c 1 "$scratch/startup")" ] || echo >>"$scratch/startup"
    {
      echo "$_from"
      echo "[ ! -r $LOGIN/shell-notice.sh ] || . $LOGIN/shell-notice.sh"
      # For images without the package bash-completion, which would find the file by itself.
      [ "$completion" = false ] ||
        echo "[ -z \"\${BASH_VERSION-}\" ] || { _heroku_load() { . $BASH_COMPLETION && return 124; }; complete -F _heroku_load heroku; }"
      echo "$_to"
    } >>"$scratch/startup" || fail "could not prepare the change of $_file" "Is the disk full?"
    replaced_paths=$_file$newline$replaced_paths
    cat "$scratch/startup" >"$_file" || fail "could not change $_file" "Is the file system read-only?"
  done
}

# without_our_lines FILE: its text without what an earlier installation added. If one of the two marks was
# lost, everything stays, because the lines after the other one may not be ours. An editor may have put blanks or
# a carriage return after a mark.
without_our_lines() {
  # The hold space has the lines since the last opening mark, or nothing.
  sed -n "
    /^${_from}[[:space:]]*\$/ { x; /./p; g; \$p; d; }
    x
    /./ {
      x; H
      /^${_to}[[:space:]]*\$/ { s/.*//; x; d; }
      \$! d
      x; p; d
    }
    x; p" "$1"
}

# Git asks the helpers in the order in which it reads them; the empty one before ours empties the list, so
# no helper that answers for every host sends another token to Heroku (gitcredentials(7)). And plain http,
# which a submodule may name, becomes https: libcurl would show it the login of ~/.netrc, at any port.
set_git_helper() {
  if ! have git; then
    say "git is not installed. If you add it later, git push to Heroku will work through ~/.netrc"
    return 0
  fi
  # Ours must be the last two: somebody else's before them then stay and do not count.
  _helpers=$newline$(git config --system --get-all "$GIT_KEY" 2>/dev/null)
  case $_helpers,$(git config --system --get-all "$GIT_URL_KEY" 2>/dev/null) in
    *"$newline$newline$GIT_HELPER,$GIT_URL") return 0 ;;
  esac
  # If the second of two writes fails, undo puts the file back. Git tells an editor where it is.
  if _file=$(GIT_EDITOR='echo' git config --system --edit 2>/dev/null); then
    # BusyBox may know no path for a file that is not there.
    _file=$(readlink -f "$_file" || echo "$_file")
    ! [ -f "$_file" ] || ensure "could not back up $_file" cp -p "$_file" "$(backup_path "$_file")"
    replaced_paths=$_file$newline$replaced_paths
  fi
  git config --system --unset-all "$GIT_KEY" "^$GIT_HELPER\$" 2>/dev/null # 5: there was none
  git config --system --unset-all "$GIT_URL_KEY" "^$GIT_URL\$" 2>/dev/null
  { git config --system --add "$GIT_KEY" '' && git config --system --add "$GIT_KEY" "$GIT_HELPER" &&
    git config --system --add "$GIT_URL_KEY" "$GIT_URL"; } ||
    fail "could not write git's system-wide configuration" \
      "The line above says why. To see it, run: git config --system --list --show-origin"
}

# Another heroku that the image has: npm's, apt's, or that of Heroku's own installer. A subshell, because
# it changes how words are split.
warn_about_other_herokus() (
  _first=yes
  set -f
  IFS=:
  for _folder in $PATH; do
    if [ "$_folder" = "$BIN" ]; then
      _first=no
    elif [ -z "$_folder" ] || ! [ -x "$_folder/heroku" ]; then
      continue
    elif [ "$_first" = yes ]; then
      say "$_folder/heroku comes before $BIN/heroku in PATH and takes precedence. Remove it, for example with: npm uninstall --global heroku" >&2
    else
      say "$_folder/heroku is still there, but $BIN/heroku takes precedence"
    fi
  done
)
