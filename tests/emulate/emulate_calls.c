/* emulate_calls.c: what threads do together: calls of a warp, barriers of a block. */
#include "emulate_blocks.h"

#include <string.h>

static uint64_t warp_result(const lane *warp, const lane *l, uint32_t votes)
{
    uint32_t same = 0;

    switch (l->call) {
    case LR_EMULATE_BALLOT:
        return votes;
    case LR_EMULATE_ANY:
        return votes != 0;
    case LR_EMULATE_ALL:
        return votes == l->mask;
    case LR_EMULATE_SHUFFLE:
        return warp[l->source].value;
    case LR_EMULATE_MATCH:
        for (uint32_t i = 0; i < WARP; i++)
            if ((l->mask >> i & 1) != 0 && warp[i].value == l->value)
                same |= 1u << i;
        return same;
    default:
        return 0;
    }
}

/* The last lane of the mask has come: all have their results, and go on. */
static void finish_warp(block *b, lane *warp, uint32_t mask)
{
    uint32_t votes = 0;

    lr_emulate_now.steps = 0;
    for (uint32_t i = 0; i < WARP; i++)
        if ((mask >> i & 1) != 0 && warp[i].value != 0)
            votes |= 1u << i;
    for (uint32_t i = 0; i < WARP; i++)
        if ((mask >> i & 1) != 0) {
            lane *l = &warp[i];
            if (l->call == LR_EMULATE_SHUFFLE && (mask >> l->source & 1) == 0)
                lr_emulate_fail("a shuffle from a lane outside its mask", b, l, NULL);
            l->result = warp_result(warp, l, votes);
        }
    for (uint32_t i = 0; i < WARP; i++)
        if ((mask >> i & 1) != 0)
            lr_emulate_set_ready(b, &warp[i]);
}

uint64_t lr_emulate_warp(lr_emulate_call call, uint32_t mask, uint64_t value, uint32_t source,
                         const char *where)
{
    block *b = lr_emulate_now.running;
    lane *self = lr_emulate_now.self, *warp = self - (self - b->lanes) % WARP;
    bool all = true;

    self->call = call;
    self->mask = mask;
    self->source = source;
    self->value = value;
    self->where = where;
    lr_emulate_set_waiting(b, self, IN_WARP);
    if ((mask >> (self - warp) & 1) == 0)
        lr_emulate_fail("a mask that does not name its own lane", b, self, NULL);
    for (uint32_t i = 0; i < WARP; i++) {
        const lane *l = &warp[i];
        if ((mask >> i & 1) == 0)
            continue;
        if (l->state == GONE)
            lr_emulate_fail("a mask that names a lane that has gone", b, self, l);
        if (l->state == IN_BLOCK)
            lr_emulate_fail("a lane of the mask waits in a barrier", b, self, l);
        const bool same = l->state == IN_WARP && l->call == call && l->mask == mask;
        if (l->state == IN_WARP && !same && (l->mask >> (self - warp) & 1) != 0)
            lr_emulate_fail("lanes of one mask in different calls", b, self, l);
        all = all && same; /* who waits in a call of fewer lanes will come */
    }
    if (all)
        finish_warp(b, warp, mask);
    lr_emulate_leave(false);
    return self->result;
}

int lr_emulate_block(lr_emulate_call call, int value, const char *where)
{
    block *b = lr_emulate_now.running;
    lane *self = lr_emulate_now.self;
    const uint32_t n = lr_emulate_now.launch->block;
    uint64_t votes = 0;

    self->call = call;
    self->value = value != 0;
    self->where = where;
    lr_emulate_set_waiting(b, self, IN_BLOCK);
    b->arrived++;
    for (uint32_t i = 0; i < n; i++) {
        const lane *l = &b->lanes[i];
        if (l->state == GONE)
            lr_emulate_fail("a barrier that a thread never reaches", b, self, l);
        if (l->state == IN_BLOCK && (l->call != call || strcmp(l->where, where) != 0))
            lr_emulate_fail("threads of a block in different barriers", b, self, l);
        votes += l->state == IN_BLOCK ? l->value : 0;
    }
    if (b->arrived == n) {
        b->arrived = 0;
        lr_emulate_now.idle_rounds = lr_emulate_now.steps = 0;
        for (uint32_t i = 0; i < n; i++) {
            b->lanes[i].result = call == LR_EMULATE_BARRIER_OR    ? votes != 0
                                 : call == LR_EMULATE_BARRIER_AND ? votes == n
                                                                  : votes;
            lr_emulate_set_ready(b, &b->lanes[i]);
        }
    }
    lr_emulate_leave(false);
    return (int)self->result;
}

void lr_emulate_spin(void)
{
    lr_emulate_set_waiting(lr_emulate_now.running, lr_emulate_now.self, SPINS);
    lr_emulate_leave(false);
}

uint32_t lr_emulate_active(void)
{
    const block *b = lr_emulate_now.running;
    const lane *warp = lr_emulate_now.self - (lr_emulate_now.self - b->lanes) % WARP;
    uint32_t mask = 0;

    for (uint32_t i = 0; i < WARP; i++)
        mask |= (uint32_t)(warp[i].state != GONE) << i;
    return mask;
}
