using System.Runtime.InteropServices;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>
/// A child as a list of system calls that end in execve(2): what posix_spawn(3) does, with any call in between. The child
/// shares this program's memory until then (clone3(2) with CLONE_VM), so starting it copies no page and starts no runtime; its
/// descriptors, signals, directories and credentials are its own. child.c takes the steps. Only for a program that is linked
/// with it, and that has called <see cref="Tracing.Forbid"/>.
/// </summary>
public sealed unsafe partial class ChildScript : IDisposable
{
    /// <summary>The steps need a few hundred bytes; a multiple of the 16 that a stack's end is aligned to.</summary>
    private const int StackBytes = 16 << 10;

    /// <summary>A step's result where it was not taken, or where execve does not return.</summary>
    private const long NotReturned = long.MinValue;

    private readonly List<Step> steps = [];
    private readonly List<(string Call, string? Subject)> names = [];
    private readonly List<nint> strings = [];
    private readonly List<NativeStringArray> arrays = [];
    private byte* memory;
    private Script* script;
    private SafeFileHandle? execution;
    private bool isUnderWay;

    /// <summary>What follows a step that fails.</summary>
    private enum OnError : long
    {
        Stop,
        GoOn,

        /// <summary>Goes on where what was looked for is absent, else stops.</summary>
        LookFurther,

        /// <summary>Leaves out the next.</summary>
        Skip,
    }

    /// <summary>The number that the next step will have.</summary>
    public int NextStep => steps.Count;

    /// <summary>Starts the child; its parent has to wait for it. After a failure it may be tried again.</summary>
    /// <param name="created">Namespaces that it is to be the first of.</param>
    /// <param name="controlGroup">A held directory of a cgroup2 hierarchy that it is to begin in (Linux 5.7); null for the caller's.</param>
    /// <returns>It; the caller's.</returns>
    /// <exception cref="LinuxException">EAGAIN where the group has as many processes as it may, EBUSY where it takes none.</exception>
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
    /// Waits, by the calling thread, until the child is another program or has ended: nothing that it was given may be freed before.
    /// </summary>
    public ChildOutcome WaitForOutcome()
    {
        // A pipe into which nothing is ever written: execve closes it, or the child's end.
        using (SafeFileHandle end = execution ?? throw new InvalidOperationException("the child was not started"))
        {
            DescriptorIO.Read(end, stackalloc byte[1]);
        }

        isUnderWay = false;
        int position = (int)script->Position;
        if (position == steps.Count)
        {
            // The last that was taken to find a program.
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

    /// <summary>Frees what the child has read; nothing where the outcome was not read, since it may still be reading.</summary>
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

    /// <summary>Text in native memory for as long as the child may read it.</summary>
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

    /// <summary>Numbers or a structure likewise.</summary>
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

    /// <summary>struct hearth_step of child.c: a system call and what it gave.</summary>
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
