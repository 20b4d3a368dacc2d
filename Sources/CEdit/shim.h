#include <stdio.h>

#include <editline/readline.h>

// The library is told what it needs through global variables, which Swift does not touch.

static inline void lunad_edit_complete_with(rl_compentry_func_t *candidate, const char *word_breaks) {
    rl_completion_entry_function = candidate;
    rl_basic_word_break_characters = word_breaks;
    rl_completion_append_character = 0;
}
