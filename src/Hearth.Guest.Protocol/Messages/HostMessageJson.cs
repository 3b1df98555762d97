using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>The host's messages as JSON. Reading and writing have the same order of members.</summary>
internal static class HostMessageJson
{
    public static bool TryWrite(Utf8JsonWriter writer, GuestMessage message)
    {
        switch (message)
        {
            case ConfigureGuest configure:
                writer.WriteString("type", "configure");
                WriteConfigure(writer, configure);
                return true;
            case StartProcess start:
                writer.WriteString("type", "start");
                WriteStart(writer, start);
                return true;
            case ShutDownGuest:
                writer.WriteString("type", "shutdown");
                return true;
            default:
                return false;
        }
    }

    public static GuestMessage? Read(string type, JsonMembers members) => type switch
    {
        "configure" => ReadConfigure(members),
        "start" => ReadStart(members),
        "shutdown" => new ShutDownGuest(),
        _ => null,
    };

    private static void WriteConfigure(Utf8JsonWriter writer, ConfigureGuest configure)
    {
        writer.WriteNumber("protocolVersion", configure.ProtocolVersion);
        writer.WriteString("hostname", configure.Hostname);
        writer.WriteString("domainname", configure.Domainname);
        writer.WriteMembers("root", configure.Root, WriteRoot);
        writer.WriteMembersList("mounts", configure.Mounts, WriteMount);
        writer.WriteString("workingDirectory", configure.WorkingDirectory);
        writer.WriteMembersList("kernelParameters", configure.KernelParameters, WriteKernelParameter);
        writer.WriteBase64String("localTime", configure.LocalTime);
        writer.WriteBoolean("hasReaper", configure.HasReaper);
        writer.WriteMembers("limits", configure.Limits, WriteLimits);
        writer.WriteNumber("nameStream", configure.NameStream);
        writer.WriteOptionalMembers("network", configure.Network, NetworkJson.Write);
        writer.WriteNumber("unixTimeNanoseconds", configure.UnixTimeNanoseconds);
        writer.WriteBase64String("entropy", configure.Entropy);
    }

    private static ConfigureGuest ReadConfigure(JsonMembers members) => new()
    {
        ProtocolVersion = members.Int32("protocolVersion"),
        Hostname = members.Text("hostname"),
        Domainname = members.Text("domainname"),
        Root = ReadRoot(members.Members("root")),
        Mounts = members.MembersList("mounts", ReadMount),
        WorkingDirectory = members.Text("workingDirectory"),
        KernelParameters = members.MembersList("kernelParameters", ReadKernelParameter),
        LocalTime = members.Bytes("localTime"),
        HasReaper = members.Flag("hasReaper"),
        Limits = ReadLimits(members.Members("limits")),
        NameStream = members.UInt32("nameStream"),
        Network = members.OptionalMembers("network") is { } network ? NetworkJson.Read(network) : null,
        UnixTimeNanoseconds = members.Int64("unixTimeNanoseconds"),
        Entropy = members.Bytes("entropy"),
    };

    private static void WriteKernelParameter(Utf8JsonWriter writer, KernelParameter parameter)
    {
        writer.WriteString("name", parameter.Name);
        writer.WriteString("value", parameter.Value);
    }

    private static KernelParameter ReadKernelParameter(JsonMembers members) => new(members.Text("name"), members.Text("value"));

    private static void WriteRoot(Utf8JsonWriter writer, RootConfiguration root)
    {
        writer.WriteString("lowerDrive", root.LowerDrive);
        writer.WriteString("lowerFileSystem", root.LowerFileSystem);
        writer.WriteBoolean("readOnly", root.ReadOnly);
        writer.WriteBoolean("hasUserAttributes", root.HasUserAttributes);
        writer.WriteOptionalMembers("attributes", root.Attributes, WriteRootAttributes);
        writer.WriteString("upperDrive", root.UpperDrive);
        writer.WriteNumber("upperSizeInBytes", root.UpperSizeInBytes);
        writer.WriteNumber("layerStream", root.LayerStream);
    }

    private static RootConfiguration ReadRoot(JsonMembers members) => new()
    {
        LowerDrive = members.Text("lowerDrive"),
        LowerFileSystem = members.Text("lowerFileSystem"),
        ReadOnly = members.Flag("readOnly"),
        HasUserAttributes = members.Flag("hasUserAttributes"),
        Attributes = members.OptionalMembers("attributes") is { } attributes ? ReadRootAttributes(attributes) : null,
        UpperDrive = members.OptionalText("upperDrive"),
        UpperSizeInBytes = members.Int64("upperSizeInBytes"),
        LayerStream = members.UInt32("layerStream"),
    };

    private static void WriteRootAttributes(Utf8JsonWriter writer, RootAttributes attributes)
    {
        writer.WriteNumber("mode", attributes.Mode);
        writer.WriteNumber("userId", attributes.UserId);
        writer.WriteNumber("groupId", attributes.GroupId);
        writer.WriteNumber("modifiedUnixNanoseconds", attributes.ModifiedUnixNanoseconds);
        writer.WriteMembersList("extendedAttributes", attributes.ExtendedAttributes, static (writer, attribute) =>
        {
            writer.WriteBase64String("name", attribute.Name);
            writer.WriteBase64String("value", attribute.Value);
        });
    }

    private static RootAttributes ReadRootAttributes(JsonMembers members) => new(
        members.UInt32("mode"), members.UInt32("userId"), members.UInt32("groupId"), members.Int64("modifiedUnixNanoseconds"),
        members.MembersList("extendedAttributes", attribute => new RootExtendedAttribute(attribute.Bytes("name"), attribute.Bytes("value"))));

    private static void WriteMount(Utf8JsonWriter writer, GuestMount mount)
    {
        writer.WriteString("destination", mount.Destination);
        writer.WriteString("fileSystem", mount.FileSystem);
        writer.WriteString("source", mount.Source);
        writer.WriteTexts("options", mount.Options);
        if (mount.Share is { } share)
        {
            writer.WriteMembers("share", share, WriteShare);
        }

        writer.WriteBoolean("isVolume", mount.IsVolume);
    }

    private static GuestMount ReadMount(JsonMembers members) => new(
        members.Text("destination"), members.Text("fileSystem"), members.Text("source"), members.Texts("options"))
    {
        Share = members.OptionalMembers("share") is { } share ? ReadShare(share) : null,
        IsVolume = members.Flag("isVolume"),
    };

    private static void WriteShare(Utf8JsonWriter writer, GuestShare share)
    {
        writer.WriteNumber("stream", share.Stream);
        writer.WriteBoolean("isFile", share.IsFile);
        writer.WriteNumber("maxMessageBytes", share.MaxMessageBytes);
    }

    private static GuestShare ReadShare(JsonMembers members) =>
        new(members.UInt32("stream"), members.Flag("isFile"), members.Int32("maxMessageBytes"));

    public static void WriteLimits(Utf8JsonWriter writer, ContainerLimits limits)
    {
        writer.WriteOptional("memoryInBytes", limits.MemoryInBytes);
        writer.WriteOptional("pids", limits.Pids);
        writer.WriteOptional("cpuQuotaUs", limits.CpuQuotaUs);
        writer.WriteOptional("cpuPeriodUs", limits.CpuPeriodUs);
        writer.WriteOptional("cpuWeight", limits.CpuWeight);
    }

    public static ContainerLimits ReadLimits(JsonMembers members) => new()
    {
        MemoryInBytes = members.OptionalInt64("memoryInBytes"),
        Pids = members.OptionalInt64("pids"),
        CpuQuotaUs = members.OptionalInt64("cpuQuotaUs"),
        CpuPeriodUs = members.OptionalInt64("cpuPeriodUs"),
        CpuWeight = members.OptionalInt64("cpuWeight"),
    };

    private static void WriteStart(Utf8JsonWriter writer, StartProcess start)
    {
        writer.WriteString("processId", start.ProcessId);
        writer.WriteTexts("arguments", start.Arguments);
        writer.WriteTexts("environment", start.Environment);
        writer.WriteBoolean("joinsContainer", start.JoinsContainer);
        writer.WriteBoolean("isHeld", start.IsHeld);
        writer.WriteString("workingDirectory", start.WorkingDirectory);
        writer.WriteString("user", start.User);
        writer.WriteTexts("additionalGroups", start.AdditionalGroups);
        writer.WriteOptional("creationMask", start.CreationMask);
        writer.WriteOptional("outOfMemoryScore", start.OutOfMemoryScore);
        writer.WriteBoolean("terminal", start.Terminal);
        if (start.WindowSize is { } size)
        {
            writer.WriteMembers("windowSize", size, WriteWindowSize);
        }

        writer.WriteNumber("standardInputStream", start.StandardInputStream);
        writer.WriteNumber("standardOutputStream", start.StandardOutputStream);
        writer.WriteNumber("standardErrorStream", start.StandardErrorStream);
        if (start.Capabilities is { } capabilities)
        {
            writer.WriteTexts("capabilities", capabilities);
        }

        writer.WriteBoolean("noNewPrivileges", start.NoNewPrivileges);
        writer.WriteMembersList("resourceLimits", start.ResourceLimits, WriteResourceLimit);
    }

    private static StartProcess ReadStart(JsonMembers members) => new()
    {
        ProcessId = members.Text("processId"),
        Arguments = members.Texts("arguments"),
        Environment = members.Texts("environment"),
        JoinsContainer = members.Flag("joinsContainer"),
        IsHeld = members.Flag("isHeld"),
        WorkingDirectory = members.Text("workingDirectory"),
        User = members.Text("user"),
        AdditionalGroups = members.Texts("additionalGroups"),
        CreationMask = members.OptionalInt32("creationMask"),
        OutOfMemoryScore = members.OptionalInt32("outOfMemoryScore"),
        Terminal = members.Flag("terminal"),
        WindowSize = members.OptionalMembers("windowSize") is { } size ? ReadWindowSize(size) : null,
        StandardInputStream = members.UInt32("standardInputStream"),
        StandardOutputStream = members.UInt32("standardOutputStream"),
        StandardErrorStream = members.UInt32("standardErrorStream"),
        Capabilities = members.OptionalTexts("capabilities"),
        NoNewPrivileges = members.Flag("noNewPrivileges"),
        ResourceLimits = members.MembersList("resourceLimits", ReadResourceLimit),
    };

    public static void WriteWindowSize(Utf8JsonWriter writer, WindowSize size)
    {
        writer.WriteNumber("columns", size.Columns);
        writer.WriteNumber("rows", size.Rows);
    }

    public static WindowSize ReadWindowSize(JsonMembers members) => new(members.UInt16("columns"), members.UInt16("rows"));

    private static void WriteResourceLimit(Utf8JsonWriter writer, ResourceLimit limit)
    {
        writer.WriteString("type", limit.Type);
        writer.WriteNumber("soft", limit.Soft);
        writer.WriteNumber("hard", limit.Hard);
    }

    private static ResourceLimit ReadResourceLimit(JsonMembers members) =>
        new(members.Text("type"), members.UInt64("soft"), members.UInt64("hard"));
}
