/*
 * cmd_completion.c: `bench completion bash|zsh`. Both shells get the same two functions, written from
 * the tables: the options of a command, and the values of an option; a few lines around them differ.
 */
#include "commands.h"

#include <string.h>

/* q1|q2|q3: the names of a command for a case of the shell. */
static void put_names(const command *c, FILE *out)
{
    if (c != &command_of_queries) {
        fputs(c->name, out);
        return;
    }
    for (size_t i = 0; lr_query_at(i) != NULL; i++)
        fprintf(out, "%s%s", i > 0 ? "|" : "", lr_query_name(lr_query_at(i)));
}

static void put_options(const command *c, FILE *out)
{
    const lr_option *rows[COMMAND_OPTIONS_MAX];
    const size_t n = command_options(c, rows);

    fputs("    ", out);
    put_names(c, out);
    fputs(") echo '", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "--%s ", rows[i]->name);
    fputs("--help' ;;\n", out);
}

/* The values of an option as a case; under the pattern "COMMAND --name". */
static void put_values(const char *of, const lr_option *row, FILE *out)
{
    if (row->hidden || row->kind == LR_OPTION_FLAG)
        return;
    fprintf(out, "    %s' --%s'", of, row->name);
    if (row->letter != 0)
        fprintf(out, "|%s' -%c'", of, row->letter);
    fputs(") echo '", out);
    if (row->kind == LR_OPTION_TEXT && strcmp(row->placeholder, "FILE") == 0)
        fputs(":files", out);
    else if (row->choices == NULL)
        fputs(":none", out); /* a number, a date: nothing to offer, nor a file */
    for (const lr_choice *c = row->choices; c != NULL && c->name != NULL; c++)
        fprintf(out, "%s%s", c == row->choices ? "" : " ", c->name);
    fputs("' ;;\n", out);
}

static void put_functions(FILE *out)
{
    fputs("_bench_commands='", out);
    for (size_t i = 0; lr_query_at(i) != NULL; i++)
        fprintf(out, "%s ", lr_query_name(lr_query_at(i)));
    for (const command *c = commands; c->name != NULL; c++)
        fprintf(out, "%s%s", c->name, c[1].name != NULL ? " " : "'\n");
    fputs("_bench_options() { # COMMAND\n    case \"$1\" in\n", out);
    put_options(&command_of_queries, out);
    for (const command *c = commands; c->name != NULL; c++)
        put_options(c, out);
    fputs("    *) echo '--help --version' ;;\n    esac\n}\n", out);
    fputs("_bench_values() { # COMMAND OPTION\n    case \"$1 $2\" in\n", out);
    for (const command *c = commands; c->name != NULL; c++)
        for (const lr_option *row = c->own; row != NULL && row->name != NULL; row++)
            put_values(c->name, row, out);
    for (const lr_option *row = lr_option_rows; row->name != NULL; row++)
        put_values("*", row, out);
    fputs("    'describe '*) echo \"${_bench_queries}\" ;;\n", out);
    fputs("    'help '*) echo \"${_bench_commands}\" ;;\n", out);
    fputs("    'completion '*) echo 'bash zsh' ;;\n", out);
    fputs("    esac\n}\n_bench_queries='", out);
    for (size_t i = 0; lr_query_at(i) != NULL; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", lr_query_name(lr_query_at(i)));
    fputs("'\n", out);
}

static const char bash[] =
    "_bench() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} name='' i "
    "words\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        if [[ \" $_bench_commands \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
    "            name=${COMP_WORDS[i]}\n"
    "            break\n"
    "        fi\n"
    "    done\n"
    "    # bash splits --plan=time into three words\n"
    "    if [[ $current == '=' ]]; then\n"
    "        current=''\n"
    "    elif [[ $before == '=' ]]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    words=$(_bench_values \"$name\" \"$before\")\n"
    "    COMPREPLY=()\n"
    "    if [[ $words == ':none' ]]; then\n"
    "        return\n"
    "    elif [[ $words == ':files' ]]; then\n"
    "        words=''\n"
    "    elif [[ -z $words && $current == -* ]]; then\n"
    "        words=$(_bench_options \"$name\")\n"
    "    elif [[ -z $words && -z $name ]]; then\n"
    "        words=$_bench_commands\n"
    "    fi\n"
    "    if [[ -n $words ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
    "    else\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
    "    fi\n"
    "}\n"
    "complete -F _bench bench\n";

static const char zsh[] =
    "_bench() {\n"
    "    local current=$words[CURRENT] before=$words[CURRENT-1] name='' word found prefix=''\n"
    "    for word in ${words[2,CURRENT-1]}; do\n"
    "        if [[ \" $_bench_commands \" == *\" $word \"* ]]; then\n"
    "            name=$word\n"
    "            break\n"
    "        fi\n"
    "    done\n"
    "    if [[ $current == --*=* ]]; then\n"
    "        before=${current%%=*}\n"
    "        compset -P '*='\n"
    "        current=${current#*=}\n"
    "    fi\n"
    "    found=$(_bench_values \"$name\" \"$before\")\n"
    "    if [[ $found == ':none' ]]; then\n"
    "        return\n"
    "    elif [[ $found == ':files' ]]; then\n"
    "        found=''\n"
    "    elif [[ -z $found && $current == -* ]]; then\n"
    "        found=$(_bench_options \"$name\")\n"
    "    elif [[ -z $found && -z $name ]]; then\n"
    "        found=$_bench_commands\n"
    "    fi\n"
    "    if [[ -n $found ]]; then\n"
    "        compadd -- ${=found}\n"
    "    else\n"
    "        _files\n"
    "    fi\n"
    "}\n"
    "if [[ $funcstack[1] == _bench ]]; then _bench \"$@\"; else compdef _bench bench; fi\n";

static void put_bash(FILE *out)
{
    put_functions(out);
    fputs(bash, out);
}

static void put_zsh(FILE *out)
{
    fputs("#compdef bench\n", out);
    put_functions(out);
    fputs(zsh, out);
}

int cmd_completion(int argc, char **argv)
{
    lr_error error = {{0}};

    if (command_parse(&argc, argv, NULL, NULL) != LR_OK)
        return LR_E_USAGE;
    if (argc == 2 && strcmp(argv[1], "bash") == 0)
        return say(put_bash);
    if (argc == 2 && strcmp(argv[1], "zsh") == 0)
        return say(put_zsh);
    return command_fail(lr_fail(&error, LR_E_USAGE, "completion: one of: bash, zsh"), &error);
}
