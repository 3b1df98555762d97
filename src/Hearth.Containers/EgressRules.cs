namespace Hearth.Containers;

/// <summary>Where a container may connect to: the policy of <see cref="NetworkOptions"/>.</summary>
/// <param name="DeniesEgress">Whether connections are denied that no entry names.</param>
/// <param name="Allow">Where the container may connect to.</param>
/// <param name="Deny">Where it may not, also if <paramref name="Allow"/> names it.</param>
public sealed record EgressRules(bool DeniesEgress, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    /// <summary><c>allow</c> or <c>deny</c>, as --egress.</summary>
    public const string Annotation = "org.hearth.egress";

    /// <summary>Entries as of --allow, with commas or spaces between them: podman takes a comma for the next annotation.</summary>
    public const string AllowAnnotation = "org.hearth.egress.allow";

    /// <summary>Entries as of --deny, as <see cref="AllowAnnotation"/>.</summary>
    public const string DenyAnnotation = "org.hearth.egress.deny";

    private const string AllowWord = "allow";
    private const string DenyWord = "deny";

    /// <summary>Whether there is no rule at all.</summary>
    public bool IsEmpty => !DeniesEgress && Allow.Count + Deny.Count == 0;

    public static EgressRules Of(NetworkOptions options) => new(options.DeniesEgress, options.Allow, options.Deny);

    public NetworkOptions AddTo(NetworkOptions options) => options with { DeniesEgress = DeniesEgress, Allow = Allow, Deny = Deny };

    /// <summary>The policy that a specification's annotations ask for; null if they ask for none.</summary>
    /// <exception cref="HearthException">An annotation has another value than <c>allow</c> or <c>deny</c>.</exception>
    public static EgressRules? Of(IReadOnlyDictionary<string, string> annotations)
    {
        string egress = annotations.GetValueOrDefault(Annotation, AllowWord);
        EgressRules rules = new(egress == DenyWord, ListOf(annotations, AllowAnnotation), ListOf(annotations, DenyAnnotation));
        return egress is AllowWord or DenyWord
            ? rules.IsEmpty ? null : rules
            : throw new HearthException(HearthError.InvalidRequest, $"invalid annotation {Annotation} '{egress}': it must be {AllowWord} or {DenyWord}");
    }

    /// <summary>Adds the policy of annotations to a description without one.</summary>
    /// <exception cref="HearthException">An annotation is invalid, or the container's network is not one that Hearth filters.</exception>
    public static ContainerDescription Apply(ContainerDescription description)
    {
        NetworkOptions network = description.Network;
        if (Of(description.Spec.Annotations) is not { } rules || network.Mode == NetworkMode.None || !Of(network).IsEmpty)
        {
            return description;
        }

        return network.Mode != NetworkMode.HostForward
            ? description with { Network = rules.AddTo(network) }
            : throw new HearthException(
                HearthError.InvalidRequest, $"cannot apply the annotation {Annotation}: a process of the host makes the connections of host-forward; remove the annotation, or run the bundle by 'hearth run --network nat'");
    }

    private static string[] ListOf(IReadOnlyDictionary<string, string> annotations, string name) =>
        annotations.GetValueOrDefault(name, "").Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
