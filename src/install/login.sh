# shellcheck shell=sh disable=SC2154
# Part of install.sh: prepares heroku-login, the launchers, and what shells complete from.

prepare_login() {
  ensure "could not copy heroku-login" copy_login
  ensure "could not save the options" record_options
  ensure "could not copy the launchers" copy_launchers
  [ "$completion" = false ] || ensure "could not copy the completion" copy_completion
}

copy_login() {
  mkdir "$scratch/heroku-login" &&
    cp "$feature_dir/heroku-login.cjs" "$feature_dir"/image/start-*.cjs "$scratch/heroku-login/" &&
    compile_login &&
    sed "s/HEROKU_API_KEY/$secret_name/g" "$feature_dir/image/shell-notice.sh" >"$scratch/heroku-login/shell-notice.sh" &&
    chmod 0644 "$scratch"/heroku-login/*
}

# If this fails, every start only takes longer.
compile_login() {
  (mkdir "$scratch/build" && cd "$scratch/build" &&
    "$cli/bin/node" "$feature_dir/install/compile.cjs" "$scratch/heroku-login/heroku-login.cjs" >/dev/null) ||
    say "could not compile heroku-login (see above); it will start a little slower"
}

# As JSON, without escapes: check_options lets no character pass that would need one. What another Feature
# installs later stays without its settings, which the hook then says.
record_options() {
  _lacks=
  for _name in git bash zsh; do have "$_name" || _lacks="${_lacks:+$_lacks }$_name"; done
  printf '{"secretName":"%s","required":%s,"app":"%s","perContainerToken":%s,"containerRegistry":%s,"lacks":"%s"}\n' \
    "$secret_name" "$required" "$app" "$per_container_token" "$container_registry" "$_lacks" \
    >"$scratch/heroku-login/options.json"
}

copy_launchers() {
  mkdir "$scratch/bin" "$scratch/heroku-login/mcp" &&
    cp "$feature_dir"/image/bin/* "$scratch/bin/" &&
    cp "$feature_dir"/image/mcp/* "$scratch/heroku-login/mcp/" &&
    chmod 0755 "$scratch"/bin/* "$scratch"/heroku-login/mcp/*
}

# Heroku's own scripts for bash and zsh, and the lists that they read, which were made once, in this image,
# instead of by every user.
copy_completion() {
  mv "$scratch/home/.cache/heroku/autocomplete" "$cli/autocomplete" &&
    chmod -R u+rwX,go=rX "$cli/autocomplete" &&
    cp "$feature_dir/image/completion.bash" "$feature_dir/image/completion.zsh" "$scratch/" &&
    chmod 0644 "$scratch/completion.bash" "$scratch/completion.zsh"
}
