using System.Runtime.InteropServices;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>
/// A child process described as a list of system calls that ends in execve(2): like posix_spawn(3), but with any calls in
/// between. Until then the child shares this program's memory (clone3(2) with CLONE_VM), so starting it copies no page and
/// starts no runtime. Its descriptors, signals, directories and credentials are its own. child.c executes the steps. Only for
/// a program that is linked with child.c and has called <see cref="Tracing.Forbid"/>.
/// </summary>
public sealed unsafe partial class ChildScript : IDisposable
{
    /// <summary>The steps need a few hundred bytes. A multiple of 16, the alignment of a stack's end.</summary>
    private const int StackBytes = 16 << 10;

    /// <summary>A step's result if it was not taken, or if execve did not return.</summary>
    private const long NotReturned = long.MinValue;

    private readonly List<Step> steps = [];
    private readonly List<(string Call, string? Subject)> names = [];
    private readonly List<nint> strings = [];
    private readonly List<NativeStringArray> arrays = [];
    private byte* memory;
    private Script* script;
    private SafeFileHandle? execution;
    private bool isUnderWay;

    /// <summary>What happens after a failed step.</summary>
    private enum OnError : long
    {
        Stop,
        GoOn,

        /// <summary>Continues if the file is absent, otherwise stops.</summary>
        LookFurther,

        /// <summary>Skips the next step.</summary>
        Skip,
    }

    /// <summary>The number of the next step to be added.</summary>
    public int NextStep => steps.Count;

    /// <summary>Starts the child; the caller must wait for it. After a failure it may be called again.</summary>
    /// <param name="created">New namespaces, of which the child is the first process.</param>
    /// <param name="controlGroup">
    /// A held directory of a cgroup2 hierarchy in which the child starts (Linux 5.7); null for the caller's group.
    /// </param>
    /// <returns>The child process; the caller owns the handle.</returns>
    /// <exception cref="LinuxException">
    /// EAGAIN if the group has reached its process limit, EBUSY if it cannot contain processes.
    /// </exception>
    public ProcessHandle Start(NamespaceKinds created, SafeFileHandle? controlGroup)
    {
        int stepsBytes = steps.Count * sizeof(Step);
        NativeMemory.AlignedFree(memory);
        memory = (byte*)NativeMemory.AlignedAlloc((nuint)(StackBytes + stepsBytes + sizeof(Script)), 16);
        Step* list = (Step*)(memory + StackBytes);
        CollectionsMarshal.AsSpan(steps).CopyTo(new Span<Step>(list, steps.Count));
        script = (Script*)(memory + StackBytes + stepsBytes);
        *script = new Script { Steps = list, Count = steps.Count, Position = 0 };

        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        using (writing)
        {
            int group = controlGroup is null ? -1 : (int)controlGroup.DangerousGetHandle();
            int pid = hearth_child_start(script, memory, StackBytes, (long)created, group, out int process);
            if (pid < 0)
            {
                reading.Dispose();
                throw new LinuxException("clone3", (Errno)(-pid));
            }

            execution = reading;
            isUnderWay = true;
            return new ProcessHandle(pid, new SafeFileHandle(process, ownsHandle: true));
        }
    }

    /// <summary>
    /// Blocks the calling thread until the child has executed a program or has ended. Nothing passed to the child may be
    /// freed before that.
    /// </summary>
    public ChildOutcome WaitForOutcome()
    {
        // Nothing is ever written to this pipe: it is closed by execve or by the child's end.
        using (SafeFileHandle end = execution ?? throw new InvalidOperationException("the child was not started"))
        {
            DescriptorIO.Read(end, stackalloc byte[1]);
        }

        isUnderWay = false;
        int position = (int)script->Position;
        if (position == steps.Count)
        {
            // Find the last step taken in the search for a program.
            do
            {
                position--;
            }
            while (script->Steps[position].Result == NotReturned);
        }

        long result = script->Steps[position].Result;
        (string call, string? subject) = names[position];
        ChildOutcome outcome = result != NotReturned
            ? new ChildOutcome(position, new LinuxException(call, (Errno)(-result), subject))
            : new ChildOutcome(position, null) { HasExecuted = steps[position].Number == SystemCallNumbers.Execve };
        return outcome with { Executions = [.. ReadExecutions()] };
    }

    /// <summary>
    /// Frees the memory that the child reads. Frees nothing if the outcome was not awaited, since the child may still read
    /// it.
    /// </summary>
    public void Dispose()
    {
        if (!isUnderWay)
        {
            Free();
        }
    }

    private List<(string File, Errno Errno)> ReadExecutions()
    {
        List<(string File, Errno Errno)> tried = [];
        for (int i = 0; i < steps.Count; i++)
        {
            bool isTrial = script->Steps[i].OnError is OnError.LookFurther or OnError.Skip;
            if (isTrial && script->Steps[i].Result is < 0 and not NotReturned and var result)
            {
                tried.Add((names[i].Subject!, (Errno)(-result)));
            }
        }

        return tried;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        strings.ForEach(copy => NativeMemory.Free((void*)copy));
        strings.Clear();
        arrays.ForEach(array => array.Dispose());
        arrays.Clear();
    }

    private void Add(string call, string? subject, nint number, OnError onError, params ReadOnlySpan<long> arguments)
    {
        Step step = new() { Number = number, OnError = onError, Result = NotReturned };
        for (int i = 0; i < arguments.Length; i++)
        {
            step.Arguments[i] = arguments[i];
        }

        steps.Add(step);
        names.Add((call, subject));
    }

    /// <summary>Copies text to native memory, where it stays as long as the child may read it.</summary>
    private long Keep(string? text)
    {
        if (text is null)
        {
            return 0;
        }

        nint copy = (nint)ByteTextMarshaller.ConvertToUnmanaged(text);
        strings.Add(copy);
        return copy;
    }

    /// <summary>Copies numbers or a structure in the same way.</summary>
    private long Keep<T>(params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        nint copy = (nint)NativeMemory.Alloc((nuint)Math.Max(1, values.Length * sizeof(T)));
        strings.Add(copy);
        values.CopyTo(new Span<T>((void*)copy, values.Length));
        return copy;
    }

    private long Keep(IReadOnlyList<string> values)
    {
        NativeStringArray copy = new(values);
        arrays.Add(copy);
        return (long)copy.Pointer;
    }

    /// <summary>struct hearth_step of child.c: a system call and its result.</summary>
    private struct Step
    {
        internal long Number;
        internal fixed long Arguments[5];
        internal OnError OnError;
        internal long Result;
    }

    /// <summary>struct hearth_script of child.c.</summary>
    private struct Script
    {
        internal Step* Steps;
        internal long Count;
        internal long Position;
    }

    [LibraryImport("hearth-child")]
    private static partial int hearth_child_start(Script* script, byte* stack, long stackBytes, long namespaces, int group, out int process);
}
