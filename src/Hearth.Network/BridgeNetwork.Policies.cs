using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <content>The guests' policies: setting them, opening what names lead to, and what was refused.</content>
public sealed partial class BridgeNetwork
{
    /// <summary>An answer may be used some time after it was given.</summary>
    private const int ShortestAdmissionInSeconds = 60;

    /// <summary>The generation of a guest whose policy was lost with the tables; no connection is marked with it.</summary>
    private const uint ClosedGeneration = uint.MaxValue;

    private const int LongestAdmissionInSeconds = 24 * 60 * 60;

    /// <summary>
    /// Gives a guest a policy, or another one, in one transaction. Connections that it forbids are cut, others go on.
    /// </summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="policy">The policy; null for everywhere except the closed addresses.</param>
    /// <param name="earlier">The generation of the guest's earlier policy; 0 if it had none.</param>
    /// <returns>The generation of this policy; 0 for none.</returns>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public uint SetPolicy(NetworkAttachment attachment, EgressPolicy? policy, uint earlier)
    {
        PolicyRules rules = new(routes.Table, attachment.Guest);
        uint generation = policy is null ? 0 : earlier >= ClosedGeneration - 1 ? 1 : earlier + 1;
        NoteConfinement(attachment.TapName, policy is not null);
        string forget = earlier == 0 ? "" : rules.Forget(earlier);
        using NfTables tables = OpenTables();
        Execute(tables, forget + (policy is null ? rules.Remove() : rules.Set(policy, generation)), $"set the policy of {attachment.Ipv4}");
        return generation;
    }

    /// <summary>Notes at a tap whether its guest has a policy, for whoever creates the tables anew after somebody deleted them.</summary>
    private static void NoteConfinement(string tap, bool isConfined)
    {
        using RouteSocket socket = RouteSocket.Open();
        if (Links.Find(socket, tap) is { } link && TapNote.Parse(link.Alias) is var note && note.IsConfined != isConfined)
        {
            Links.SetAlias(socket, link.Index, (note with { IsConfined = isConfined }).ToString());
        }
    }

    /// <summary>Opens addresses to a guest that the resolver is about to give to it. They are open when this returns.</summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="addresses">The addresses of the answer.</param>
    /// <param name="entries">The entries that allow the name (<see cref="EgressPolicy.Judge"/>); their ports are opened, or all.</param>
    /// <param name="lifetime">The answer's time to live.</param>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Admit(NetworkAttachment attachment, IReadOnlyList<IPAddress> addresses, IReadOnlyList<EgressEntry> entries, TimeSpan lifetime)
    {
        if (addresses.Count > 0 && entries.Count > 0)
        {
            using NfTables tables = OpenTables();
            int seconds = (int)Math.Clamp(lifetime.TotalSeconds, ShortestAdmissionInSeconds, LongestAdmissionInSeconds);
            Execute(tables, new PolicyRules(routes.Table, attachment.Guest).Admit(addresses, entries, seconds), $"open the addresses of a name to {attachment.Ipv4}");
        }
    }

    /// <summary>What a guest was refused in the last ten minutes; a few thousand destinations at most for all guests.</summary>
    public IReadOnlyList<DeniedAttempt> ListDenied(NetworkAttachment attachment)
    {
        using NfTables tables = OpenTables();
        return
        [
            .. ((string[])["denied4", "denied6"])
                .SelectMany(set => tables.TryList(routes.ListSet(set)) is { } json ? ElementReader.Denied(json) : [])
                .Where(attempt => attempt.Guest.Equals(attachment.Ipv4) || attempt.Guest.Equals(attachment.Ipv6))
                .Select(attempt => attempt.Attempt),
        ];
    }
}
