using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Launching;

/// <summary>
/// What init tells the copy of itself that is to become a process. Small and binary, since it is read in the first
/// milliseconds of every process: the fields in this order, integers little-endian, text as length and UTF-8.
/// </summary>
internal sealed record LaunchJob
{
    /// <summary>Means /dev/null where a descriptor is asked for, and none where a terminal is.</summary>
    internal const int None = -1;

    /// <summary>Init's pid for the process whose mount namespace to enter; 0 to found the container's world as its first process.</summary>
    internal int JoinPid { get; init; }

    /// <summary>False where the kernel has no control groups.</summary>
    internal bool HasGroup { get; init; }

    internal required string Hostname { get; init; }

    internal required IReadOnlyList<string> Arguments { get; init; }

    internal IReadOnlyList<string> Environment { get; init; } = [];

    internal string WorkingDirectory { get; init; } = "/";

    internal string User { get; init; } = "";

    internal IReadOnlyList<uint> AdditionalGroups { get; init; } = [];

    internal int CreationMask { get; init; }

    internal int OutOfMemoryScore { get; init; }

    /// <summary>Descriptors of init for standard input, output and error, or <see cref="None"/>.</summary>
    internal IReadOnlyList<int> StandardDescriptors { get; init; } = [None, None, None];

    /// <summary>The terminal /dev/pts/N of the container, which then is all three, or <see cref="None"/>.</summary>
    internal int Terminal { get; init; } = None;

    /// <summary>A mask of capability numbers; null leaves them as they are.</summary>
    internal ulong? Capabilities { get; init; }

    internal bool NoNewPrivileges { get; init; }

    internal IReadOnlyList<ResourceLimit> ResourceLimits { get; init; } = [];

    internal byte[] Encode()
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        writer.Write(JoinPid);
        writer.Write(HasGroup);
        writer.Write(Hostname);
        WriteList(writer, Arguments, writer.Write);
        WriteList(writer, Environment, writer.Write);
        writer.Write(WorkingDirectory);
        writer.Write(User);
        WriteList(writer, AdditionalGroups, writer.Write);
        writer.Write(CreationMask);
        writer.Write(OutOfMemoryScore);
        WriteList(writer, StandardDescriptors, writer.Write);
        writer.Write(Terminal);
        writer.Write(Capabilities.HasValue);
        writer.Write(Capabilities.GetValueOrDefault());
        writer.Write(NoNewPrivileges);
        WriteList(writer, ResourceLimits, limit =>
        {
            writer.Write(limit.Type);
            writer.Write(limit.Soft);
            writer.Write(limit.Hard);
        });
        return bytes.ToArray();
    }

    internal static LaunchJob Decode(byte[] bytes)
    {
        using BinaryReader reader = new(new MemoryStream(bytes));
        return new LaunchJob
        {
            JoinPid = reader.ReadInt32(),
            HasGroup = reader.ReadBoolean(),
            Hostname = reader.ReadString(),
            Arguments = ReadList(reader, reader.ReadString),
            Environment = ReadList(reader, reader.ReadString),
            WorkingDirectory = reader.ReadString(),
            User = reader.ReadString(),
            AdditionalGroups = ReadList(reader, reader.ReadUInt32),
            CreationMask = reader.ReadInt32(),
            OutOfMemoryScore = reader.ReadInt32(),
            StandardDescriptors = ReadList(reader, reader.ReadInt32),
            Terminal = reader.ReadInt32(),
            Capabilities = reader.ReadBoolean() ? reader.ReadUInt64() : SkipMask(reader),
            NoNewPrivileges = reader.ReadBoolean(),
            ResourceLimits = ReadList(reader, () => new ResourceLimit(reader.ReadString(), reader.ReadUInt64(), reader.ReadUInt64())),
        };
    }

    private static ulong? SkipMask(BinaryReader reader)
    {
        _ = reader.ReadUInt64();
        return null;
    }

    private static void WriteList<T>(BinaryWriter writer, IReadOnlyList<T> values, Action<T> write)
    {
        writer.Write(values.Count);
        foreach (T value in values)
        {
            write(value);
        }
    }

    private static T[] ReadList<T>(BinaryReader reader, Func<T> read)
    {
        T[] values = new T[reader.ReadInt32()];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = read();
        }

        return values;
    }
}
