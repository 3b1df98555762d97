// Runs in a child of a program with many threads, between clone and execve: a list of system calls, and nothing else.
// The child shares the memory of its parent, whose threads keep running. So it calls no function of the C library and
// runs no managed code. Processes/ChildScript.cs writes the list and reads the results.
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

enum hearth_on_error { HEARTH_STOP, HEARTH_GO_ON, HEARTH_LOOK_FURTHER, HEARTH_SKIP };

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

// clone3 returns twice. In the child it returns on another stack, so the child calls a function that never returns.
static inline long start(struct clone_args *how, int (*run)(void *), void *argument) {
    register int (*child)(void *) __asm__("r12") = run;
    register void *its __asm__("r13") = argument;
    long result;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %[its], %%rdi\n\t"
        "call *%[child]\n"
        "1:"
        : "=a"(result) : "a"(SYS_clone3), "D"(how), "S"(sizeof *how), [child] "r"(child), [its] "r"(its) : "rcx", "r11", "memory");
    return result;
}
#else
#error "system_call and start are not implemented for this architecture"
#endif

#define SIGNAL_SET_BYTES sizeof(uint64_t)

// The errors after which execvp(3) continues with the next directory of PATH.
static int is_absent(long result) {
    return result == -ENOENT || result == -ENOTDIR || result == -EACCES || result == -ENODEV || result == -ESTALE || result == -ETIMEDOUT;
}

static int run(void *argument) {
    struct hearth_script volatile *script = argument;

    // Reset each signal to its default before unblocking any. A handler would run in the parent's memory, and an ignored
    // signal would stay ignored in the executed program. The kernel's struct sigaction: handler, flags, restorer, mask.
    uint64_t standard[4] = {0}, none = 0;
    for (int number = 1; number < _NSIG; number++)
        system_call(SYS_rt_sigaction, number, (long)standard, 0, SIGNAL_SET_BYTES, 0);
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, SIGNAL_SET_BYTES, 0);

    for (; script->position < script->count; script->position++) {
        struct hearth_step volatile *step = &script->steps[script->position];
        long result = system_call(step->number, step->arguments[0], step->arguments[1], step->arguments[2], step->arguments[3], step->arguments[4]);
        step->result = result;
        if (result >= 0)
            continue;
        if (step->on_error == HEARTH_STOP || (step->on_error == HEARTH_LOOK_FURTHER && !is_absent(result)))
            break;
        if (step->on_error == HEARTH_SKIP)
            script->position++;
    }

    for (;;)
        system_call(SYS_exit_group, 127, 0, 0, 0, 0);
}

// Starts the child and does not wait for it. All signals are blocked until the child has reset the inherited handlers. A group
// of -1 leaves it in the caller's group. Returns its pid or a negative errno, and stores a pidfd in process.
int hearth_child_start(struct hearth_script *script, void *stack, int64_t stack_bytes, int64_t namespaces, int group, int *process) {
    struct clone_args how = {
        .flags = CLONE_VM | CLONE_PIDFD | (uint64_t)namespaces | (group < 0 ? 0 : CLONE_INTO_CGROUP),
        .pidfd = (uintptr_t)process,
        .exit_signal = SIGCHLD,
        .stack = (uintptr_t)stack,
        .stack_size = (uint64_t)stack_bytes,
        .cgroup = group < 0 ? 0 : (uint64_t)group,
    };
    uint64_t all = ~(uint64_t)0, former;
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&former, SIGNAL_SET_BYTES, 0);
    long pid = start(&how, run, script);
    system_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&former, 0, SIGNAL_SET_BYTES, 0);
    return (int)pid;
}
