// What a child of a program with many threads does between clone and execve: a list of system calls, and nothing else.
// It lives in the memory of the program that made it, beside running threads, so no function of the C library is called
// and no managed code runs. Processes/ChildScript.cs writes the list and reads what came of it.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

enum hearth_on_error { HEARTH_STOP, HEARTH_GO_ON, HEARTH_LOOK_FURTHER };

struct hearth_step {
    int64_t number;
    int64_t arguments[5];
    int64_t on_error;
    int64_t result;
};

struct hearth_script {
    struct hearth_step *steps;
    int64_t count;
    int64_t position;
};

#if defined(__x86_64__)
static inline long system_call(long number, long a, long b, long c, long d, long e) {
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth) : "rcx", "r11", "memory");
    return result;
}
#else
#error "system_call is to be written for this architecture"
#endif

#define SIGNAL_SET_BYTES sizeof(uint64_t)

// What execvp(3) passes over on its way through PATH.
static int is_absent(long result) {
    return result == -ENOENT || result == -ENOTDIR || result == -EACCES || result == -ENODEV || result == -ESTALE || result == -ETIMEDOUT;
}

static int run(void *argument) {
    struct hearth_script volatile *script = argument;

    // The default for each signal, before any is let through: a handler would run in the parent's memory, and an ignored
    // signal would stay ignored in what is executed. struct sigaction of the kernel: handler, flags, restorer, mask.
    uint64_t standard[4] = {0}, none = 0;
    for (int number = 1; number < _NSIG; number++)
        system_call(SYS_rt_sigaction, number, (long)standard, 0, SIGNAL_SET_BYTES, 0);
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, SIGNAL_SET_BYTES, 0);

    for (; script->position < script->count; script->position++) {
        struct hearth_step volatile *step = &script->steps[script->position];
        long result = system_call(step->number, step->arguments[0], step->arguments[1], step->arguments[2], step->arguments[3], step->arguments[4]);
        step->result = result;
        if (result < 0 && (step->on_error == HEARTH_STOP || (step->on_error == HEARTH_LOOK_FURTHER && !is_absent(result))))
            break;
    }

    for (;;)
        system_call(SYS_exit_group, 127, 0, 0, 0, 0);
}

// Starts the child and does not wait for it. All signals are blocked until it has reset what it inherits of them.
// Returns its pid, or a negative errno.
int hearth_child_start(struct hearth_script *script, void *stack_end, int namespaces) {
    uint64_t all = ~(uint64_t)0, former;
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&former, SIGNAL_SET_BYTES, 0);
    int pid = clone(run, stack_end, CLONE_VM | SIGCHLD | namespaces, script);
    int error = errno;
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&former, 0, SIGNAL_SET_BYTES, 0);
    return pid < 0 ? -error : pid;
}
