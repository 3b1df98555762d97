using System.Text.Json;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// docker's fields that mean nothing for a machine with its own kernel, or that are not there yet. A value other than the
/// default is refused where the result would be another one without it, and else answered with a warning.
/// </summary>
internal static class UnhonouredFields
{
    private const string Devices = "a microVM has no devices of the host; share files by a volume";
    private const string OwnNamespaces = "a microVM has a kernel of its own and shares none of the host's namespaces";
    private const string OwnUsers = "a microVM has its own users, separate from the host's";
    private const string OwnKernel = "the guest's kernel is the container's own";
    private const string HostKernel = "it concerns the host's kernel";
    private const string NoSwap = "a machine gets none of the host's swap";
    private const string WholeMemory = "the machine's memory is the limit";
    private const string NoRealTime = "a machine has no real-time share of the host";
    private const string OnlyBuild = "it matters only while an image is built";
    private const string OnlyWindows = "only Windows has it";
    private const string AtCreation = "it is chosen when a container is created";
    private const string NoCluster = "there are no clusters of daemons";

    private static readonly Dictionary<string, Field> refused = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Devices"] = new(FieldForm.List, Devices),
        ["DeviceRequests"] = new(FieldForm.List, Devices),
        ["DeviceCgroupRules"] = new(FieldForm.List, Devices),
        ["UsernsMode"] = new(FieldForm.Text, OwnUsers),
        ["Links"] = new(FieldForm.List, "containers of one network find each other by name; create a network"),
        ["VolumeDriver"] = new(FieldForm.Text, "there is only 'local'"),
        ["StorageOpt"] = new(FieldForm.Map, "the writable layer is in the guest's memory"),
        ["Subpath"] = new(FieldForm.Text, "a volume is a disk, which is mounted as a whole; use a volume for each directory"),
        ["ReadOnlyNonRecursive"] = new(FieldForm.Truth, "what is mounted beneath a read-only directory is read-only too; omit it, or NonRecursive leaves it out"),
        ["IOMaximumIOps"] = new(FieldForm.Number, OnlyWindows),
        ["IOMaximumBandwidth"] = new(FieldForm.Number, OnlyWindows),
        ["Ingress"] = new(FieldForm.Truth, NoCluster),
        ["ConfigOnly"] = new(FieldForm.Truth, NoCluster),
        ["ConfigFrom"] = new(FieldForm.Map, NoCluster),
        ["ClusterVolumeSpec"] = new(FieldForm.Map, NoCluster),
    };

    private static readonly Dictionary<string, Field> warned = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PidMode"] = new(FieldForm.Text, OwnNamespaces),
        ["IpcMode"] = new(FieldForm.Text, OwnNamespaces),
        ["UTSMode"] = new(FieldForm.Text, OwnNamespaces),
        ["CgroupnsMode"] = new(FieldForm.Text, OwnNamespaces),
        ["CgroupParent"] = new(FieldForm.Text, AtCreation),
        ["Ulimits"] = new(FieldForm.List, AtCreation),
        ["Init"] = new(FieldForm.Truth, AtCreation),
        ["OomKillDisable"] = new(FieldForm.Truth, HostKernel),
        ["MemorySwap"] = new(FieldForm.Number, NoSwap),
        ["MemorySwappiness"] = new(FieldForm.Number, NoSwap),
        ["KernelMemory"] = new(FieldForm.Number, WholeMemory),
        ["KernelMemoryTCP"] = new(FieldForm.Number, WholeMemory),
        ["CpuRealtimePeriod"] = new(FieldForm.Number, NoRealTime),
        ["CpuRealtimeRuntime"] = new(FieldForm.Number, NoRealTime),
        ["CpuPercent"] = new(FieldForm.Number, OnlyWindows),
        ["MaskedPaths"] = new(FieldForm.List, OwnKernel),
        ["ReadonlyPaths"] = new(FieldForm.List, OwnKernel),
        ["Runtime"] = new(FieldForm.Text, "there is one runtime, 'hearth'"),
        ["Shell"] = new(FieldForm.List, OnlyBuild),
        ["OnBuild"] = new(FieldForm.List, OnlyBuild),
        ["DriverOpts"] = new(FieldForm.Map, "the interfaces of machines have no options"),
        ["IPv6Address"] = new(FieldForm.Text, "the network chooses the IPv6 address"),
        ["LinkLocalIPs"] = new(FieldForm.List, "the guest's kernel chooses its link-local addresses"),
        ["Options"] = new(FieldForm.Map, "there are none"),
    };

    /// <summary>Members whose values are of no consequence: they describe a client, Windows, macOS, or what a container of an image decides by itself.</summary>
    private static readonly Dictionary<string, FieldForm> meaningless = new(StringComparer.OrdinalIgnoreCase)
    {
        ["AttachStdin"] = FieldForm.Truth,
        ["AttachStdout"] = FieldForm.Truth,
        ["AttachStderr"] = FieldForm.Truth,
        ["ArgsEscaped"] = FieldForm.Truth,
        ["Isolation"] = FieldForm.Text,
        ["ContainerIDFile"] = FieldForm.Text,
        ["CpuCount"] = FieldForm.Number,
        ["Cgroup"] = FieldForm.Text,
        ["Name"] = FieldForm.Text,
        ["Consistency"] = FieldForm.Text,
    };

    /// <summary>Values by which clients say docker's default of a field, or what Hearth does in any case; besides nothing, 0 and false.</summary>
    private static readonly Dictionary<string, string[]> usual = new(StringComparer.OrdinalIgnoreCase)
    {
        // Nobody can share it, so to allow it changes nothing.
        ["IpcMode"] = ["private", "shareable"],
        ["CgroupnsMode"] = ["private"],
        ["Runtime"] = ["hearth", "runc", "io.containerd.runc.v2"],
        ["VolumeDriver"] = ["local"],
        ["MemorySwappiness"] = ["-1"],
    };

    /// <summary>For an answer that can carry warnings.</summary>
    /// <param name="act">What is requested, as after "cannot".</param>
    /// <param name="members">Members of the request that it has no other use for.</param>
    /// <returns>The warnings.</returns>
    /// <exception cref="ApiException">A value is refused, or of another form than docker's.</exception>
    public static IReadOnlyList<string> Check(string act, params IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        List<string> warnings = [];
        foreach ((string name, JsonElement value) in members)
        {
            if (FindRefusal(name, value) is { } cause)
            {
                throw Refused(act, name, value, cause);
            }

            if (!IsUnimportant(name, value))
            {
                warnings.Add($"{name} {Shorten(value)} is ignored: {ReasonOf(name)}");
            }
        }

        return warnings;
    }

    /// <summary>For an answer that cannot carry warnings.</summary>
    /// <param name="act">What is requested, as after "cannot".</param>
    /// <param name="members">Members of the request that it has no other use for.</param>
    /// <exception cref="ApiException">A value is not the default, or of another form than docker's.</exception>
    public static void Refuse(string act, params IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        foreach ((string name, JsonElement value) in members)
        {
            if (FindRefusal(name, value) is { } cause)
            {
                throw Refused(act, name, value, cause);
            }

            if (!IsUnimportant(name, value))
            {
                throw Refused(act, name, value, ReasonOf(name));
            }
        }
    }

    /// <returns>Null if the value is not refused.</returns>
    private static string? FindRefusal(string name, JsonElement value)
    {
        RequireForm(name, value);
        if (IsUnimportant(name, value))
        {
            return null;
        }

        return refused.TryGetValue(name, out Field? field) ? field.Reason
            : name.EndsWith("Mode", StringComparison.OrdinalIgnoreCase) && value.ValueKind == JsonValueKind.String && value.GetString() is "host" or ['c', 'o', 'n', 't', 'a', 'i', 'n', 'e', 'r', ':', ..] ? OwnNamespaces
            : null;
    }

    private static string ReasonOf(string name) => warned.TryGetValue(name, out Field? field) ? field.Reason : "Hearth does not know it";

    private static ApiException Refused(string act, string name, JsonElement value, string cause) => ApiException.BadRequest($"cannot {act} with {name} {Shorten(value)}: {cause}");

    private static void RequireForm(string name, JsonElement value)
    {
        FieldForm? form = refused.TryGetValue(name, out Field? field) || warned.TryGetValue(name, out field) ? field.Form
            : meaningless.TryGetValue(name, out FieldForm other) ? other
            : null;
        bool isSuch = form is null || value.ValueKind is JsonValueKind.Null || form == value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => FieldForm.Truth,
            JsonValueKind.Number => FieldForm.Number,
            JsonValueKind.String => FieldForm.Text,
            JsonValueKind.Array => FieldForm.List,
            JsonValueKind.Object => FieldForm.Map,
            _ => null,
        };
        if (!isSuch)
        {
            throw ApiException.BadRequest($"cannot read the request's body as JSON: {name} must be {WordOf(form!.Value)}, not {Shorten(value)}");
        }
    }

    private static string WordOf(FieldForm form) => form switch
    {
        FieldForm.Truth => "true or false",
        FieldForm.Number => "a number",
        FieldForm.Text => "a text",
        FieldForm.List => "a list",
        _ => "an object",
    };

    private static bool IsUnimportant(string name, JsonElement value) => meaningless.ContainsKey(name) || IsDefault(name, value);

    private static bool IsDefault(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.Number => (value.TryGetInt64(out long number) && number == 0) || IsUsual(name, value.GetRawText()),
        JsonValueKind.String => value.GetString() is not { Length: > 0 } text || IsUsual(name, text),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.EnumerateObject().All(member => IsDefault(member.Name, member.Value)),
        _ => false,
    };

    private static bool IsUsual(string name, string value) => usual.TryGetValue(name, out string[]? values) && values.Contains(value);

    private static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? $"{text[..60]}…" : value.GetRawText();

    /// <summary>The JSON values that a field takes.</summary>
    private enum FieldForm
    {
        Truth,
        Number,
        Text,
        List,
        Map,
    }

    private sealed record Field(FieldForm Form, string Reason);
}
