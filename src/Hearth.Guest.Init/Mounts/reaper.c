// Process 1 of a container with docker's --init. It starts the command, forwards signals to it, reaps orphans, and exits with the
// command's status. It is the guest's init under another name and takes over before the .NET runtime starts, so it needs only one
// small process. Mounts/Reaper.cs defines the name and the arguments.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_NAME "/dev/hearth-reaper"
#define NOT_FOUND 127
#define NOT_EXECUTABLE 126
#define SIGNAL_BASE 128

// The command leads its own process group, in the foreground if there is a terminal: a key's signal reaches it once, and not a
// second time through its parent.
static void become(char **command) {
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(command[0], command);
    int cause = errno;
    fprintf(stderr, "cannot start the command %s: %s\n", command[0], strerror(cause));
    _exit(cause == ENOENT || cause == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE);
}

// Reaps all ended children and stores the command's status in status. Returns whether the command has ended.
static int reap(pid_t command, int *status) {
    int has_ended = 0, one;
    pid_t pid;
    while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
        if (pid == command) {
            has_ended = 1;
            *status = WIFSIGNALED(one) ? SIGNAL_BASE + WTERMSIG(one) : WEXITSTATUS(one);
        }
    }
    return has_ended;
}

// The runtime's own constructors and main run after this one. Under the name of the reaper they do not run at all.
__attribute__((constructor)) static void take_over(int count, char **arguments) {
    if (count < 3 || strcmp(arguments[0], OWN_NAME) != 0)
        return;

    // Init has blocked all signals before, so that none is lost between its execve and here.
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pid_t command = fork();
    if (command < 0) {
        perror("cannot start the command: fork");
        _exit(NOT_EXECUTABLE);
    }
    if (command == 0)
        become(arguments + 2);

    for (;;) {
        siginfo_t received;
        int number = sigwaitinfo(&all, &received), status;
        if (number == SIGCHLD) {
            if (reap(command, &status))
                _exit(status);
        } else if (number > 0) {
            kill(command, number);
        }
    }
}
