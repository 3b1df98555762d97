using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network.Joined;

/// <summary>
/// A network namespace that somebody else has made, whose interfaces a machine takes over. Beside each interface is a tap, and what
/// one receives the other sends (tc's mirred redirect). So the machine has the interface's place, with its hardware address,
/// addresses, routes and neighbours; the interface itself keeps none of the addresses meanwhile.
/// <list type="number">
/// <item><see cref="MakeTaps"/>, before the machine starts.</item>
/// <item><see cref="TakeOver"/>, when the interfaces are complete.</item>
/// <item><see cref="GiveBack"/>, when the machine has ended.</item>
/// </list>
/// </summary>
public sealed class JoinedNamespace : IDisposable
{
    private const string TapPrefix = "hearth-tap";
    private const string TapKind = "tun";

    private readonly NetworkNamespace inside;
    private readonly List<string> taps = [];
    private readonly List<JoinedInterface> taken = [];
    private string? holder;
    private IReadOnlyList<ChangedSwitch>? switches;

    private JoinedNamespace(string path, NetworkNamespace inside)
    {
        Path = path;
        this.inside = inside;
    }

    public string Path { get; }

    /// <summary>The taps, in the order of the machine's network interfaces.</summary>
    public IReadOnlyList<string> Taps => taps;

    private JoinedRecord Record => new(Path, inside.Identity, [.. taps], [.. taken]) { Holder = holder, Switches = switches };

    /// <summary>Tries the redirection between two interfaces in a namespace that ends at once.</summary>
    /// <returns>Why the host cannot have it; null if it can.</returns>
    public static string? FindObstacle()
    {
        try
        {
            return NetworkNamespace.RunInNew(() =>
            {
                using RouteSocket socket = RouteSocket.Open();
                Links.CreatePair(socket, "from", "to");
                TrafficControl.Redirect(socket, Links.Find(socket, "from")!.Index, Links.Find(socket, "to")!.Index);
                return (string?)null;
            });
        }
        catch (LinuxException failure)
        {
            return Explain(failure);
        }
    }

    /// <summary>Opens a namespace by its file.</summary>
    /// <exception cref="NetworkException">The path leads to no network namespace, or to the host's own.</exception>
    public static JoinedNamespace Open(string path)
    {
        NetworkNamespace inside = NetworkNamespace.TryOpen(path, out string? obstacle) ?? throw new NetworkException(
            NetworkError.InvalidRequest, $"cannot join the network namespace '{path}': {obstacle}; 'ip netns add NAME' makes one at /run/netns/NAME");
        foreach (string own in (ReadOnlySpan<string>)["/proc/self/ns/net", "/proc/1/ns/net"])
        {
            using NetworkNamespace? other = NetworkNamespace.TryOpen(own, out _);
            if (other?.Identity == inside.Identity)
            {
                inside.Dispose();
                throw new NetworkException(
                    NetworkError.InvalidRequest, $"cannot join the network namespace '{path}': it is the host's own, which would lose its interfaces; make another one");
            }
        }

        return new JoinedNamespace(path, inside);
    }

    /// <summary>The namespace of this process, if it was started in it for the machine.</summary>
    /// <param name="file">A file of it that outlives this process; null for none.</param>
    public static JoinedNamespace OpenOwn(string? file)
    {
        string path = file ?? $"/proc/{Environment.ProcessId}/ns/net";
        NetworkNamespace inside = NetworkNamespace.TryOpen(path, out string? obstacle)
            ?? throw new NetworkException(NetworkError.HostUnsuitable, $"cannot open this process's network namespace '{path}': {obstacle}");
        return new JoinedNamespace(path, inside);
    }

    public void Dispose() => inside.Dispose();

    /// <summary>Runs code in the namespace, on a thread of its own.</summary>
    public T Run<T>(Func<T> act) => inside.Run(act);

    /// <summary>The interfaces that a machine can take over: those that are up and carry Ethernet frames, and belong to no bridge.</summary>
    /// <exception cref="NetworkException">The kernel refuses to list them.</exception>
    public IReadOnlyList<JoinedInterface> FindInterfaces() => Inside("list the interfaces of", socket =>
    {
        IReadOnlyList<AddressInfo> addresses = Addresses.List(socket);
        IReadOnlyList<RouteInfo> routes = Routes.List(socket);
        IReadOnlyList<NeighbourInfo> neighbours = Neighbours.List(socket);
        return (IReadOnlyList<JoinedInterface>)[.. Links.List(socket)
            .Where(link => link is { IsEthernet: true, IsUp: true, Master: 0 } && !IsTap(link))
            .OrderBy(link => link.Name.Length).ThenBy(link => link.Name, StringComparer.Ordinal)
            .Select(link => new JoinedInterface(
                link.Name,
                [.. link.Address],
                link.MaximumTransmissionUnit,
                [.. addresses.Where(address => address.Index == link.Index)],
                [.. routes.Where(route => route.Index == link.Index)],
                [.. neighbours.Where(neighbour => neighbour.Index == link.Index)]))];
    });

    /// <summary>Creates the taps of a machine's network interfaces.</summary>
    /// <param name="count">How many.</param>
    /// <param name="by">Who takes the namespace; null for nobody in particular.</param>
    /// <param name="note">Records what is about to be taken.</param>
    /// <exception cref="NetworkException">Another machine has the namespace, or the kernel refuses a tap.</exception>
    public void MakeTaps(int count, string? by, Action<JoinedRecord> note) => InsideAlone("make a tap in", socket =>
    {
        holder = by;
        for (int number = 0; number < count; number++)
        {
            string tap = TapPrefix + number;
            if (Links.Find(socket, tap) is not null)
            {
                throw InUse(tap);
            }

            taps.Add(tap);
            note(Record);
            if (!TapDevices.TryCreate(tap, owner: 0))
            {
                taps.RemoveAt(number);
                note(Record);
                throw InUse(tap);
            }

            if (by is not null)
            {
                Links.SetAlias(socket, Links.Find(socket, tap)!.Index, new TapNote(null, [], Holder: by).ToString());
            }
        }

        return true;
    });

    /// <summary>Lets a user open the taps.</summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void SetOwner(uint user) => Inside("give away the taps of", _ =>
    {
        taps.ForEach(tap => TapDevices.SetOwner(tap, user));
        return true;
    });

    /// <summary>Gives the machine the interfaces, the first one by the first tap.</summary>
    /// <param name="interfaces">As <see cref="FindInterfaces"/> returned them, at most as many as there are taps.</param>
    /// <param name="note">Records what is about to be taken.</param>
    /// <exception cref="NetworkException">An interface is in use, or the kernel lacks something.</exception>
    public void TakeOver(IReadOnlyList<JoinedInterface> interfaces, Action<JoinedRecord> note) => InsideAlone("take over an interface of", socket =>
    {
        foreach ((JoinedInterface each, string tap) in interfaces.Zip(taps))
        {
            taken.Add(each);
            note(Record);
            try
            {
                Connect(socket, each, tap);
            }
            catch (LinuxException failure) when (failure.Errno == Errno.EEXIST)
            {
                // What is there is another program's, and stays.
                taken.Remove(each);
                note(Record);
                throw;
            }
        }

        return true;
    });

    /// <summary>
    /// Gives the machine the interfaces under a policy: the namespace routes between them and the machine (<see cref="ConfinedPath"/>). The rules exist
    /// before anything passes.
    /// </summary>
    /// <param name="interfaces">As <see cref="FindInterfaces"/> returned them, at most as many as there are taps.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="note">Records what is about to be taken.</param>
    /// <returns>The interfaces, whose policies can be replaced.</returns>
    /// <exception cref="NetworkException">The kernel lacks something.</exception>
    public IReadOnlyList<ConfinedInterface> Confine(IReadOnlyList<JoinedInterface> interfaces, EgressPolicy policy, Action<JoinedRecord> note) => InsideAlone("take over an interface of", socket =>
    {
        switches = ConfinedPath.ReadSwitches(interfaces);
        taken.AddRange(interfaces);
        note(Record);
        ConfinedInterface[] confined = [.. interfaces.Zip(taps, (own, tap) => new ConfinedInterface(inside, own, tap))];
        foreach (ConfinedInterface each in confined)
        {
            each.Create(policy);
        }

        ConfinedPath.SetUp(socket, [.. interfaces.Zip(taps)]);
        return (IReadOnlyList<ConfinedInterface>)confined;
    });

    /// <summary>Interfaces as a machine with a policy is to have them.</summary>
    public static IReadOnlyList<JoinedInterface> AsSeenByConfined(IReadOnlyList<JoinedInterface> interfaces) => [.. interfaces.Select(ConfinedPath.AsSeenByGuest)];

    /// <summary>What has passed the interfaces since the machine has them, as the machine counts it.</summary>
    /// <exception cref="NetworkException">The kernel refuses to list the taps.</exception>
    public IReadOnlyList<(string Interface, LinkCounters Counters)> Count() => Inside("read the counters of", _ =>
        (IReadOnlyList<(string, LinkCounters)>)[.. from pair in taken.ToArray().Zip(taps)
                                                   let counters = BridgeNetwork.CountersOf(pair.Second)
                                                   where counters is not null
                                                   select (pair.First.Name, counters)]);

    /// <summary>Removes the taps, and gives the interfaces what they had.</summary>
    /// <exception cref="NetworkException">The kernel refuses a step; the others are done.</exception>
    public void GiveBack() => Restore(inside, Record);

    /// <summary>Gives a namespace back after a crash. One that is gone needs nothing.</summary>
    /// <exception cref="NetworkException">The kernel refuses a step; the others are done.</exception>
    public static void GiveBackAfterCrash(JoinedRecord record)
    {
        using NetworkNamespace? inside = NetworkNamespace.TryOpen(record.Path, out _);
        if (inside?.Identity == record.Identity)
        {
            Restore(inside, record);
        }
    }

    private static void Restore(NetworkNamespace inside, JoinedRecord record)
    {
        List<string> failures = [];
        inside.Run(() => Try(() =>
        {
            using NetworkNamespaceLock alone = NetworkNamespaceLock.Take(NetworkNamespaceLock.UsualTimeout);
            using RouteSocket socket = RouteSocket.Open();
            if (HasOtherHolder(socket, record))
            {
                return;
            }

            foreach (string tap in record.Taps)
            {
                if (Links.Find(socket, tap) is { Kind: TapKind } link)
                {
                    Try(() => Links.Delete(socket, link.Index));
                }
            }

            if (record.Switches is { } before)
            {
                ConfinedPath.Remove(socket, record.Interfaces, before, Try);
                foreach (string tap in record.Taps)
                {
                    Try(() => ConfinedInterface.Remove(tap));
                }

                return;
            }

            foreach (JoinedInterface each in record.Interfaces)
            {
                if (Links.Find(socket, each.Name) is { } link && link.Address.SequenceEqual(each.HardwareAddress))
                {
                    RestoreInterface(socket, each, link.Index, Try);
                }
            }
        }));
        if (failures.Count > 0)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot restore the network namespace '{record.Path}': {string.Join("; ", failures)}");
        }

        void Try(Action act)
        {
            try
            {
                act();
            }
            catch (Exception failure) when (failure is LinuxException or TimeoutException or NetworkException or IOException or UnauthorizedAccessException)
            {
                failures.Add(failure.Message);
            }
        }
    }

    /// <param name="socket">The namespace.</param>
    /// <param name="each">What the interface had.</param>
    /// <param name="index">The interface.</param>
    /// <param name="attempt">Runs a step, and notes its failure.</param>
    private static void RestoreInterface(RouteSocket socket, JoinedInterface each, int index, Action<Action> attempt)
    {
        attempt(() => TrafficControl.EndRedirect(socket, index));
        foreach (AddressInfo address in each.Addresses)
        {
            attempt(() => Addresses.Add(socket, address with { Index = index }));
        }

        // The directly connected networks come first: gateways may be in one of them.
        foreach (RouteInfo route in each.Routes.OrderBy(route => route.Gateway is not null))
        {
            attempt(() => Routes.Add(socket, route with { Index = index }));
        }

        foreach (NeighbourInfo neighbour in each.Neighbours)
        {
            attempt(() => Neighbours.Add(socket, index, neighbour.Address.GetAddressBytes(), neighbour.HardwareAddress));
        }
    }

    /// <summary>Another machine has the namespace since then: its taps and the addresses of its interfaces are to stay as they are.</summary>
    private static bool HasOtherHolder(RouteSocket socket, JoinedRecord record) =>
        record.Holder is not null && record.Taps.Any(tap => TapNote.Parse(Links.Find(socket, tap)?.Alias).Holder is { } other && other != record.Holder);

    private static void Connect(RouteSocket socket, JoinedInterface each, string tap)
    {
        LinkInfo own = Links.Find(socket, each.Name) ?? throw new LinuxException("RTM_GETLINK", Errno.ENODEV, each.Name);
        int end = Links.Find(socket, tap)!.Index;
        SilenceTap(tap);
        Links.SetMtu(socket, end, each.MaximumTransmissionUnit);
        Links.SetUp(socket, end);
        TrafficControl.Redirect(socket, own.Index, end);
        TrafficControl.Redirect(socket, end, own.Index);
        foreach (AddressInfo address in each.Addresses)
        {
            Addresses.Remove(socket, address);
        }
    }

    /// <summary>Without this, the host's side of the tap would take part in the machine's IPv6 network.</summary>
    private static void SilenceTap(string tap)
    {
        string path = $"/proc/sys/net/ipv6/conf/{tap}/disable_ipv6";
        if (File.Exists(path))
        {
            File.WriteAllText(path, "1");
        }
    }

    private static bool IsTap(LinkInfo link) => link.Kind == TapKind && link.Name.StartsWith(TapPrefix, StringComparison.Ordinal);

    private NetworkException InUse(string tap) => new(
        NetworkError.InUse, $"cannot join the network namespace '{Path}': it has a tap '{tap}', so another machine has its interfaces; use a namespace for each container");

    /// <summary>Nothing of another machine, or of one that has crashed, is made or released in the namespace meanwhile.</summary>
    private T InsideAlone<T>(string act, Func<RouteSocket, T> work) => Inside(act, socket =>
    {
        using NetworkNamespaceLock alone = NetworkNamespaceLock.Take(NetworkNamespaceLock.UsualTimeout);
        return work(socket);
    });

    private T Inside<T>(string act, Func<RouteSocket, T> work)
    {
        try
        {
            return inside.Run(() =>
            {
                using RouteSocket socket = RouteSocket.Open();
                return work(socket);
            });
        }
        catch (LinuxException failure)
        {
            NetworkError error = failure.Errno switch
            {
                Errno.ENOENT or Errno.EOPNOTSUPP => NetworkError.HostUnsuitable,
                Errno.EEXIST => NetworkError.InUse,
                _ => NetworkError.Refused,
            };
            throw new NetworkException(error, $"cannot {act} the network namespace '{Path}': {Explain(failure)}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot {act} the network namespace '{Path}': {failure.Message}", failure);
        }
    }

    private static string Explain(LinuxException failure) => (failure.Call, failure.Errno) switch
    {
        ("RTM_NEWQDISC", Errno.ENOENT or Errno.EOPNOTSUPP) => "the host's kernel has no sch_ingress; load the kernel module sch_ingress",
        ("RTM_NEWTFILTER", Errno.ENOENT or Errno.EOPNOTSUPP) => "the host's kernel has no cls_u32 or act_mirred; load these kernel modules",
        ("RTM_NEWQDISC", Errno.EEXIST) => "it has a queueing discipline for what it receives, so another program filters or redirects it; remove that first",
        ("RTM_NEWRULE", Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT) => "the host's kernel has no routing rules (IP_MULTIPLE_TABLES), which a policy needs; use another kernel",
        _ => failure.Message,
    };
}
