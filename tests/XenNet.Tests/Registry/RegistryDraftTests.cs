using System.Collections.Immutable;
using XenNet.Core.Addressing;
using XenNet.Core.Registry;
using XenNet.Wire;

namespace XenNet.Tests.Registry;

public sealed class RegistryDraftTests
{
    private static readonly MacAddress Mac = MacAddress.Xen(0x010203);

    [Fact]
    public void New_machines_get_the_lowest_number_never_used()
    {
        var registry = Empty();

        Assert.Equal(1, Add(registry, "a").Number.Value);
        Assert.Equal(7, Add(registry, "seven", 7).Number.Value);
        Assert.Equal(2, Add(registry, "b").Number.Value);
        Forget(registry, "b");
        Assert.Equal(3, Add(registry, "c").Number.Value);
    }

    [Fact]
    public void A_known_name_keeps_its_number_whatever_comes()
    {
        var registry = Empty();
        Add(registry, "a");

        Assert.Equal(1, Add(registry, "a").Number.Value);
        Assert.Equal(1, Add(registry, "a", 1).Number.Value);
        Assert.Equal("machine 'a' has number 1, not 2: a number is for life", Refused(registry, "a", 2).Sentence);
    }

    [Fact]
    public void When_no_number_is_left_the_one_forgotten_longest_ago_is_given_and_then_none()
    {
        var registry = Empty("192.168.0.0/22");
        foreach (var name in new[] { "a", "b", "c" })
        {
            Add(registry, name);
        }

        Forget(registry, "b");
        Forget(registry, "a");

        Assert.Equal(2, Add(registry, "d").Number.Value);
        Assert.Equal(1, Add(registry, "e").Number.Value);
        Assert.Equal("All 3 machine numbers are taken", Refused(registry, "f").Sentence);
    }

    [Fact]
    public void Numbers_from_another_registry_are_kept_back_in_their_order_unless_they_are_known_here()
    {
        var registry = Empty("192.168.0.0/21");
        Add(registry, "a");
        Add(registry, "b");
        Forget(registry, "b");
        var draft = registry.Draft();

        bool KeepBack(int number) => draft.KeepBack(new MachineNumber((ushort)number));

        Assert.False(KeepBack(0));
        Assert.False(KeepBack(1));
        Assert.False(KeepBack(2));
        Assert.True(KeepBack(5));
        Assert.True(KeepBack(4));
        Assert.False(KeepBack(5));
        Assert.True(KeepBack(7));
        Assert.False(KeepBack(8));
        draft.Publish();
        Assert.Equal([2, 5, 4, 7], registry.Draft().KeptBack().Select(number => (int)number.Value));
        Assert.Equal([3, 6, 2, 5, 4, 7], Enumerable.Range(0, 6).Select(n => (int)Add(registry, $"n{n}").Number.Value));
    }

    [Fact]
    public void The_revision_goes_on_from_that_of_another_registry_and_never_back()
    {
        var registry = Empty();
        Add(registry, "a");
        var before = registry.View.Revision;

        var draft = registry.Draft();
        draft.RaiseRevision(before);
        Assert.True(draft.IsEmpty);
        draft.RaiseRevision(100);
        Assert.Equal((false, 100u), (draft.IsEmpty, draft.Revision));
        draft.Publish();
        Add(registry, "b");

        Assert.Equal(101u, registry.View.Revision);
    }

    [Fact]
    public void A_number_forgotten_with_release_counts_as_never_used()
    {
        var registry = Empty();
        Add(registry, "a");
        Add(registry, "b");

        Forget(registry, "a", release: true);

        Assert.Equal(1, Add(registry, "c").Number.Value);
    }

    [Fact]
    public void All_65535_numbers_can_be_taken_and_not_one_more()
    {
        var registry = Empty();
        var draft = registry.Draft();
        for (var number = 1; number <= 65535; number++)
        {
            Assert.NotNull(draft.Ensure($"m{number}", new MachineNumber((ushort)number)).Machine);
        }

        draft.Publish();

        Assert.Equal(65535, registry.View.MachineCount);
        Assert.Equal("All 65535 machine numbers are taken", Refused(registry, "one-more").Sentence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void A_number_outside_the_prefix_is_refused(int number) =>
        Assert.Equal($"machine 'a': number {number} is not 1 to 3 (prefix 192.168.0.0/22)",
            Refused(Empty("192.168.0.0/22"), "a", number).Sentence);

    [Fact]
    public void Numbers_that_would_take_a_network_of_dom0_are_skipped_and_refused_with_its_name()
    {
        var registry = Empty("10.0.0.0/8", number => number.Value is 1 or 2 ? "eth0 (10.0.0.0/22)" : null);

        Assert.Equal(3, Add(registry, "a").Number.Value);
        Assert.Equal("machine 'b': number 2 would take 10.0.2.0/24 from eth0 (10.0.0.0/22)", Refused(registry, "b", 2).Sentence);
    }

    [Fact]
    public void The_second_of_two_names_with_one_label_is_refused_and_told_the_first()
    {
        var registry = Empty();
        Add(registry, "web_1");

        Assert.Equal("machine 'web.1': its label web-1 is machine 'web_1' already; give one of them another name",
            Refused(registry, "web.1").Sentence);
    }

    [Theory]
    [InlineData("", "machine name '' holds no letter or digit, so it gives no DNS label")]
    [InlineData("gw", "machine name 'gw' is reserved (ns, dom0, localhost, wpad, gw, eth<N>, vif<N>): choose another")]
    [InlineData("a\nb", "machine name 'a?b' holds a control character")]
    public void A_bad_name_is_refused_in_one_line(string name, string sentence) =>
        Assert.Equal(sentence, Refused(Empty(), name).Sentence);

    [Fact]
    public void A_binding_is_found_by_vif_and_by_index_until_it_is_released()
    {
        var registry = Empty();
        var binding = Bind(registry, "a", "vif5.0", 42, 5);

        Assert.Equal(binding, registry.View.FindBinding("vif5.0"));
        Assert.Equal(binding, registry.View.FindBinding(42));
        Assert.Equal(Mac, registry.View.Find("a"u8)!.Interfaces[0].Mac);

        Release(registry, "vif5.0", 5);

        Assert.Null(registry.View.FindBinding("vif5.0"));
        Assert.Null(registry.View.FindBinding(42));
        Assert.Empty(registry.View.Find("a"u8)!.Bindings);
        Assert.Equal(Mac, registry.View.Find("a"u8)!.Interfaces[0].Mac);
    }

    [Fact]
    public void A_late_offline_of_the_old_domain_never_takes_the_new_domains_binding()
    {
        var registry = Empty();
        Bind(registry, "a", "ce-eth0", 42, 5);
        var newer = Bind(registry, "a", "ce-eth0", 43, 6);

        Assert.Null(Release(registry, "ce-eth0", 5));

        Assert.Equal(newer, registry.View.FindBinding("ce-eth0"));
        Assert.Null(registry.View.FindBinding(42));
        Assert.Equal(newer, registry.View.FindBinding(43));
    }

    [Fact]
    public void A_rebooted_guest_is_up_on_both_vifs_until_the_old_one_goes()
    {
        var registry = Empty();
        Bind(registry, "a", "vif5.0", 42, 5);
        Bind(registry, "a", "vif6.0", 43, 6);

        Assert.Equal(2, registry.View.Find("a"u8)!.Bindings.Count);
        Assert.Equal("vif5.0", Release(registry, "vif5.0", 5)!.Vif);
        Assert.Equal("vif6.0", Assert.Single(registry.View.Find("a"u8)!.Bindings).Vif);
    }

    [Fact]
    public void A_vif_name_used_again_by_another_machine_moves()
    {
        var registry = Empty();
        Bind(registry, "a", "vif5.0", 42, 5);
        Bind(registry, "b", "vif5.0", 42, 5);

        Assert.Empty(registry.View.Find("a"u8)!.Bindings);
        Assert.Equal(2, registry.View.FindBinding(42)!.Number.Value);
        Assert.Equal(1, registry.View.BindingCount);
    }

    [Fact]
    public void A_binding_is_the_first_of_its_vif_unless_one_is_there_or_was_put_just_now()
    {
        var registry = Empty();
        Bind(registry, "a", "vif5.0", 42, 5);
        var machine = registry.View.Find("a"u8)!;
        var draft = registry.Draft();

        foreach (var (vif, index) in new[] { ("vif5.0", 43), ("vif6.0", 44), ("vif6.0", 44) })
        {
            draft.Bind(machine, new Binding(
                machine.Number, InterfaceNumber.First, Mac, vif, index, 5, DateTimeOffset.UnixEpoch));
        }

        draft.Release("vif6.0", domainId: null);
        draft.Bind(machine, new Binding(
            machine.Number, InterfaceNumber.First, Mac, "vif6.0", 45, 6, DateTimeOffset.UnixEpoch));

        Assert.Equal([false, true, false, true], draft.Changes.OfType<BindingPut>().Select(put => put.IsFirst));
    }

    [Fact]
    public void Of_a_known_interface_that_comes_up_only_the_MAC_is_noted_and_of_a_new_one_or_on_another_bridge_the_machine()
    {
        var registry = Empty();
        Bind(registry, "a", "vif5.0", 42, 5);
        var machine = registry.View.Find("a"u8)!;
        Assert.True(InterfaceNumber.TryCreate(2, out var second));

        Assert.Equal(["BindingPut"], Changes(InterfaceNumber.First, Mac, bridge: null));
        Assert.Equal(["MacNoted", "BindingPut"], Changes(InterfaceNumber.First, MacAddress.Xen(7), bridge: null));
        Assert.Equal(["MachinePut", "BindingPut"], Changes(InterfaceNumber.First, MacAddress.Xen(7), "xenbr0"));
        Assert.Equal(["MachinePut", "BindingPut"], Changes(second, MacAddress.Xen(7), bridge: null));

        string[] Changes(InterfaceNumber y, MacAddress mac, string? bridge)
        {
            var draft = registry.Draft();
            var bound = draft.Bind(machine, new Binding(
                machine.Number, y, mac, "vif6.0", 43, 6, DateTimeOffset.UnixEpoch, bridge: bridge));
            Assert.Equal(mac, bound.Interfaces.Single(known => known.Interface == y).Mac);
            Assert.True(draft.Has(mac) || mac == Mac);
            return [.. draft.Changes.Select(change => change.GetType().Name)];
        }
    }

    [Fact]
    public void A_rename_keeps_number_and_bindings_and_frees_the_old_name()
    {
        var registry = Empty();
        Bind(registry, "a", "vif5.0", 42, 5);

        Assert.Equal("b", Change(registry, draft => draft.Rename("a", "b").Machine!.Name));

        Assert.Null(registry.View.Find("a"u8));
        Assert.Equal("vif5.0", Assert.Single(registry.View.Find("b"u8)!.Bindings).Vif);
        Assert.Equal(2, Add(registry, "a").Number.Value);
    }

    [Fact]
    public void A_rename_to_a_name_that_is_taken_or_from_one_unknown_is_refused()
    {
        var registry = Empty();
        Add(registry, "a");
        Add(registry, "b");

        Assert.Equal("machine 'b': its label b is machine 'b' already", registry.Draft().Rename("a", "b").Refusal!.Sentence);
        Assert.Equal("no machine is called 'c'", registry.Draft().Rename("c", "d").Refusal!.Sentence);
    }

    [Fact]
    public void A_machine_that_is_up_is_forgotten_only_with_release()
    {
        var registry = Empty();
        Bind(registry, "a", "vif5.0", 42, 5);

        Assert.Equal("machine 'a' is up on vif5.0: stop it first, or forget it with --release",
            registry.Draft().Forget("a", release: false).Refusal!.Sentence);
        Forget(registry, "a", release: true);

        Assert.Null(registry.View.Find("a"u8));
        Assert.Null(registry.View.FindBinding(42));
        Assert.Equal(0, registry.View.MachineCount);
    }

    [Fact]
    public void The_revision_grows_with_names_and_not_with_vifs()
    {
        var registry = Empty();
        Add(registry, "a");
        Assert.Equal(2u, registry.View.Revision);

        Bind(registry, "a", "vif5.0", 42, 5);
        Release(registry, "vif5.0", 5);
        Assert.Equal(2u, registry.View.Revision);

        Change(registry, draft => draft.Rename("a", "b"));
        Assert.Equal(3u, registry.View.Revision);
    }

    [Fact]
    public void The_revision_can_be_raised_without_a_machine()
    {
        var registry = Empty();
        var draft = registry.Draft();
        Assert.True(draft.IsEmpty);

        draft.RaiseRevision();
        Assert.False(draft.IsEmpty);
        Assert.Equal(2u, draft.Revision);
        draft.Publish();

        Assert.Equal(2u, registry.View.Revision);
    }

    [Fact]
    public void Whoever_reads_a_revision_finds_all_machines_that_belong_to_it()
    {
        const int Drafts = 2000;
        const int MachinesEach = 5;
        var registry = Empty();
        var start = registry.View.Revision;
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < Drafts; i++)
            {
                var draft = registry.Draft();
                for (var machine = 0; machine < MachinesEach; machine++)
                    draft.Ensure($"m{i}-{machine}", null);

                draft.Publish();
            }
        });

        while (!writing.IsCompleted)
        {
            var revision = registry.View.Revision;
            Assert.True(registry.View.MachineCount >= (revision - start) * MachinesEach);
        }

        Assert.Equal(Drafts * MachinesEach, registry.View.MachineCount);
        Assert.True(writing.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_draft_that_is_dropped_has_changed_nothing()
    {
        var registry = Empty();

        registry.Draft().Ensure("a", null);

        Assert.Equal(0, registry.View.MachineCount);
        Assert.Equal(1, Add(registry, "b").Number.Value);
    }

    private static RegistryState Empty(string prefix = "10.0.0.0/8", Func<MachineNumber, string?>? clash = null)
    {
        Assert.True(Ipv4Prefix.TryParse(prefix, out var network));
        return RegistryState.Load(
            new RegistrySnapshot([], ImmutableArray<MachineNumber>.Empty, 1),
            new GuestNetworks(new AddressScheme(network)), clash ?? (_ => null), out _)!;
    }

    private static T Change<T>(RegistryState registry, Func<RegistryDraft, T> decide)
    {
        var draft = registry.Draft();
        var answer = decide(draft);
        draft.Publish();
        return answer;
    }

    private static Machine Add(RegistryState registry, string name, int? number = null) =>
        Change(registry, draft => draft.Ensure(name, number is { } n ? new MachineNumber((ushort)n) : null)).Machine!;

    private static RegistryRefusal Refused(RegistryState registry, string name, int? number = null) =>
        registry.Draft().Ensure(name, number is { } n ? new MachineNumber((ushort)n) : null).Refusal!;

    private static void Forget(RegistryState registry, string name, bool release = false) =>
        Assert.NotNull(Change(registry, draft => draft.Forget(name, release)).Machine);

    private static Binding Bind(RegistryState registry, string name, string vif, int index, int domain) => Change(registry, draft =>
    {
        var machine = draft.Ensure(name, null).Machine!;
        var binding = new Binding(machine.Number, InterfaceNumber.First, Mac, vif, index, domain, DateTimeOffset.UnixEpoch);
        draft.Bind(machine, binding);
        return binding;
    });

    private static Binding? Release(RegistryState registry, string vif, int domain) =>
        Change(registry, draft => draft.Release(vif, domain));
}
